"""Earlier values of products, packs and households, as the audit trail tells them, and putting one back.

Long texts stand in the trail by their beginning only, and what is personal not at all: neither can be put back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from shop.accounts.audit_queries import audit_entry
from shop.accounts.editing.rows import as_fact, get_row
from shop.accounts.editing.rules import Judge, Values
from shop.catalogue.editing.people import HOUSEHOLD, save_household
from shop.catalogue.editing.products import PRODUCT, save_product
from shop.catalogue.editing.variants import VARIANT, save_variant
from shop.catalogue.models import Household, Product, Variant
from shop.kit.errors import Conflict, NotFound

LONGEST_KEPT: Final = 500
_NEVER: Final = frozenset({"slug", "sku", "product_id"})  # what labels, addresses and orders name it by


class Save(Protocol):
    def __call__(
        self, session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
    ) -> int: ...


@dataclass(frozen=True)
class _Kind:
    entity: Any
    rules: Mapping[str, Judge]
    save: Save


_KINDS: Final = {
    "product": _Kind(Product, PRODUCT.rules, save_product),
    "variant": _Kind(Variant, VARIANT.rules, save_variant),
    "household": _Kind(Household, HOUSEHOLD.rules, save_household),
}


@dataclass(frozen=True)
class Earlier:
    """`value` is what the field of this row was before an entry of the trail, `current` what it is now."""

    kind: str
    record_id: int
    field: str
    value: Any
    current: Any

    @property
    def seen(self) -> str:
        return repr(self.current)


def fields_to_put_back(action: str, facts: Mapping[str, Any]) -> list[str]:
    """The fields of an entry whose value before it can be put back."""
    kind, _dot, verb = action.partition(".")
    if verb != "changed" or kind not in _KINDS:
        return []
    rules = _KINDS[kind].rules
    return [name for name, pair in facts.items() if name in rules and name not in _NEVER and _is_whole(pair)]


def earlier_value(session: Session, entry_id: int, field: str, *, lock: bool = False) -> Earlier:
    """Raises NotFound, also for what cannot be put back."""
    entry = audit_entry(session, entry_id)
    if entry is None or field not in fields_to_put_back(entry.action, entry.facts):
        raise NotFound()
    row = get_row(session, _KINDS[entry.subject_type].entity, int(entry.subject_id))
    if lock:
        session.refresh(row, with_for_update=True)
    before, current = entry.facts[field][0], as_fact(getattr(row, field))
    return Earlier(entry.subject_type, row.id, field, before, current)


def put_back(
    session: Session, entry_id: int, field: str, *, seen: str, actor_id: int | None, now: datetime
) -> bool:
    """Write the earlier value as the form would; False when it stands there. `seen` is what it was when it was asked.

    Raises NotFound, Conflict when somebody changed it meanwhile, InvalidInput where it cannot be any more.
    """
    earlier = earlier_value(session, entry_id, field, lock=True)
    if earlier.current == earlier.value:
        return False
    if earlier.seen != seen:
        raise Conflict()
    save: Callable[..., int] = _KINDS[earlier.kind].save
    save(session, earlier.record_id, {field: earlier.value}, actor_id=actor_id, now=now)
    return True


def _is_whole(pair: Any) -> bool:
    return (
        isinstance(pair, list)
        and len(pair) == 2
        and not (isinstance(pair[0], str) and len(pair[0]) >= LONGEST_KEPT)
    )
