"""How many units of a task are missing, as a form says it: `short-7` of the `of-7` units that its page showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shop.fulfilment.goods import Goods
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, normalise_digits, whole_number

WHOLE_NUMBER = msg("Please enter a whole number.")
TOO_MANY = msg("Not more than the task has.")
NONE_SAID = msg("Please say how many are missing.")


def typed_short(form: Mapping[str, str], goods: Iterable[Goods]) -> dict[int, str]:
    """What was typed, by variant, to be shown again."""
    return {one.variant_id: form.get(f"short-{one.variant_id}", "")[:9] for one in goods}


def read_short(form: Mapping[str, str], goods: Iterable[Goods]) -> dict[int, int]:
    """How many units the household has of each variant that it lacks some of.

    It is counted from the number that the person saw, so that a second press takes nothing more away.
    Raises InvalidInput, with fields named `short-7`.
    """
    keeps: dict[int, int] = {}
    errors: dict[str, str] = {}
    for one in goods:
        name = f"short-{one.variant_id}"
        missing, seen = _number(form.get(name, "")), _number(form.get(f"of-{one.variant_id}", ""))
        if missing is None or seen is None:
            errors[name] = WHOLE_NUMBER
        elif missing > (seen or one.units):
            errors[name] = TOO_MANY
        elif missing:
            keeps[one.variant_id] = (seen or one.units) - missing
    if errors:
        raise InvalidInput(errors=errors)
    if not keeps:
        raise InvalidInput(NONE_SAID)
    return keeps


def _number(typed: str) -> int | None:
    """Nothing typed is 0; None for what is no number."""
    if not (plain := normalise_digits(typed).strip()):
        return 0
    try:
        return whole_number(plain)
    except ValueError:
        return None
