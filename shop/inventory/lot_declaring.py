"""A lot as somebody of the team types it: by SKU and short names, like one row of an import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.import_facts import known_things
from shop.inventory.import_rows import RowReader
from shop.inventory.lot_writing import Author
from shop.inventory.lots import declare_lot
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput

_PLACES = {
    name: place
    for place, name in enumerate(
        ("sku", "producer", "units", "harvested_on", "packed_on", "best_before", "certificate", "shares")
    )
}


@dataclass(frozen=True)
class TypedLot:
    sku: str
    producer: str
    units: int
    harvested_on: date | None = None
    packed_on: date | None = None
    best_before: date | None = None
    certificate: str | None = ""
    shares: str | None = ""
    token: str = ""


def declare_typed(session: Session, typed: TypedLot, *, author: Author, now: datetime) -> int:
    """A new lot, for sale at once, or the one that this form has made; returns its id. Raises InvalidInput by field."""
    cells = [
        *(typed.sku, typed.producer, str(typed.units), typed.harvested_on, typed.packed_on),
        *(typed.best_before, typed.certificate, (typed.shares or "").replace("\n", ";")),
    ]
    known = known_things(session, [cells], _PLACES)
    declaration, mistakes = RowReader(_PLACES, known, shanghai_date(now)).read(1, cells, "")
    if mistakes or declaration is None:
        facts = {name: value for mistake in mistakes for name, value in mistake.facts.items()}
        raise InvalidInput(errors={mistake.column: mistake.message for mistake in mistakes}, **facts)
    lot = declare_lot(session, replace(declaration, token=typed.token), author=author, now=now)
    if lot.created_at == now:
        audit(session, author.user_id, "lot.declared", "lot", lot.code, {"units": typed.units}, now=now)
    return lot.id
