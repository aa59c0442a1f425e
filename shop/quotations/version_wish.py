"""An offer as the team types it, and what of it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from shop.kit.errors import InvalidInput
from shop.kit.price_tiers import Tier, is_sound, tier_for
from shop.kit.text import msg, tidy
from shop.ordering.wish import Courier, Pickup
from shop.quotations.requesting import MOST_ITEMS, MOST_UNITS

MOST_FEN: Final = 1_000_000_000  # ten million yuan: more is a slip of the finger
LONGEST_TERMS: Final = 2_000
LONGEST_VALID: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class LineWish:
    """So many units, and what each costs from which quantity on."""

    variant_id: int
    quantity: int
    tiers: tuple[Tier, ...]

    @property
    def unit_price_fen(self) -> int:
        return tier_for(self.tiers, self.quantity).unit_price_fen

    @property
    def line_fen(self) -> int:
        return self.unit_price_fen * self.quantity


@dataclass(frozen=True, slots=True)
class VersionWish:
    """`days` and `place`: when and where exactly, in words, beside the way that the parcels take."""

    lines: tuple[LineWish, ...]
    delivery: Pickup | Courier
    valid_until: date
    freight_fen: int = 0
    discount_fen: int = 0
    discount_words: str = ""
    days: str = ""
    place: str = ""
    terms: str = ""
    what_changed: str = ""

    @property
    def goods_fen(self) -> int:
        return sum(one.line_fen for one in self.lines)

    @property
    def total_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen


def refuse_senseless(wish: VersionWish, today: date) -> None:
    """Pure. Raises InvalidInput by the fields that are wrong; lines by their place in the form."""
    errors: dict[str, str] = {}
    for place, line in enumerate(wish.lines):
        if not 0 < line.quantity <= MOST_UNITS:
            errors[f"lines-{place}"] = msg("Please check the quantities.")
        elif not is_sound(line.tiers):
            errors[f"lines-{place}"] = msg(
                "Prices by quantity begin with one unit, and go down as the quantity goes up."
            )
    if not wish.lines:
        errors["lines"] = msg("Please choose at least one product and say how much of it.")
    elif len(wish.lines) > MOST_ITEMS:
        errors["lines"] = msg("Please check the quantities.")
    elif len({one.variant_id for one in wish.lines}) < len(wish.lines):
        errors["lines"] = msg("The same goods stand in the list twice.")
    if not errors:
        errors |= _wrong_amounts(wish)
    if not today <= wish.valid_until <= today + LONGEST_VALID:
        errors["valid_until"] = msg("Please choose a day from today on, within a year.")
    if errors:
        raise InvalidInput(errors=errors)


def _wrong_amounts(wish: VersionWish) -> dict[str, str]:
    if wish.discount_fen >= wish.goods_fen:
        return {"discount_fen": msg("Less must go off than the goods cost.")}
    if wish.discount_fen and not tidy(wish.discount_words):
        return {"discount_words": msg("Please say what goes off for.")}
    if wish.goods_fen + wish.freight_fen > MOST_FEN:
        return {"lines": msg("That is more than ten million yuan: please check the digits.")}
    return {}
