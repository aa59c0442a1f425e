"""What lies on a shelf is counted: what is missing is gone for good, what is found again may be sold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.models import LotChange
from shop.inventory.movements import move_units
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.shelves.bringing import LONGEST_REASON, REASON_NEEDED, shelf_and_source
from shop.ordering.shelves.errors import ShelfMoved
from shop.ordering.shelves.models import MoveKind, ShelfMove
from shop.ordering.shelves.stock import Why, change_stock, lock_lots, moved_before, units_there


@dataclass(frozen=True, slots=True)
class Counted:
    """`seen`: what should lie there, as the page showed it."""

    lot_id: int
    units: int
    seen: int
    reason: str
    token: str


def count_shelf(session: Session, shelf_id: int, said: Counted, *, actor_id: int, now: datetime) -> int:
    """By how many units the shelf differed; 0 when it did not, or this form said so before. Locks the lot.

    Raises NotFound, InvalidInput, and ShelfMoved where something else should lie there than was shown.
    """
    _, source = shelf_and_source(session, shelf_id)
    lots = lock_lots(session, [said.lot_id])
    if moved_before(session, said.token):
        return 0
    there = units_there(session, shelf_id, [said.lot_id]).get(said.lot_id, 0)
    if there != said.seen:
        raise ShelfMoved(now=there)
    if said.lot_id not in lots or said.units < 0:
        raise InvalidInput(msg("Please enter how many, from 0 on."), field="units")
    change, reason = said.units - there, tidy(said.reason)[:LONGEST_REASON]
    if not change:
        return 0
    if not reason:
        raise InvalidInput(REASON_NEEDED, field="reason")
    if change > _missing(session, shelf_id, said.lot_id):
        raise InvalidInput(
            msg("More than was ever brought and not sold: please bring the others first."), field="units"
        )
    kind = MoveKind.FOUND if change > 0 else MoveKind.MISSING
    change_stock(session, shelf_id, {said.lot_id: change}, Why(kind, said.token, actor_id, reason), now=now)
    where = ("withdrawn", "shipped") if change > 0 else ("shipped", "withdrawn")
    move_units(session, {said.lot_id: abs(change)}, origin=where[0], target=where[1])
    lot = lots[said.lot_id]
    written = LotChange(
        lot_id=lot.id, at=now, actor_id=actor_id, shelved_change=change,
        reason=f"{source.name_zh}: {reason}"[:LONGEST_REASON],
    )  # fmt: skip
    session.add(written)
    facts = {"lot": lot.code, "units": [there, said.units], "reason": reason}
    audit(session, actor_id, "shelf.counted", "shelf", shelf_id, facts, now=now)
    session.flush()
    return change


def _missing(session: Session, shelf_id: int, lot_id: int) -> int:
    """Units that counts of this shelf missed and did not find again."""
    total = sa.select(sa.func.coalesce(sa.func.sum(ShelfMove.units), 0)).where(
        ShelfMove.shelf_id == shelf_id,
        ShelfMove.lot_id == lot_id,
        ShelfMove.kind.in_((MoveKind.MISSING, MoveKind.FOUND)),
    )
    return -int(session.scalar(total) or 0)
