"""A lot that was withdrawn too early is sold again, with the days it always had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.recall_state import recalled
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row

NOTHING_LEFT = msg("Nothing of this lot can be sold again.")


def reopen_lot(session: Session, lot_id: int, *, reason: str, author: Author, now: datetime) -> int:
    """Sell again what the last withdrawal took off sale; return how many units.

    Raises NotFound, or Conflict when the lot is open, past its best-before, called back, or had nothing left.
    """
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    units = reopenable_units(session, [lot_id], now=now).get(lot_id, 0)
    if not units:
        raise Conflict(NOTHING_LEFT)
    lot.status, lot.available, lot.withdrawn = LotStatus.OPEN, units, lot.withdrawn - units
    session.flush()
    session.add(
        LotChange(
            lot_id=lot.id,
            at=now,
            actor_id=author.user_id,
            for_producer=author.for_producer,
            withdrawn_change=-units,
            reason=reason,
        )
    )
    facts = {"units": units, "reason": reason}
    audit(session, author.user_id, "lot.reopened", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return units


def reopenable_units(session: Session, lot_ids: Sequence[int], *, now: datetime) -> dict[int, int]:
    """By lot what `reopen_lot` would sell again; lots with nothing are left out. One statement.

    Units that left with a declined task are not among them: their household did not have them.
    """
    newest = (
        sa.select(sa.func.max(LotChange.id))
        .where(LotChange.lot_id == Lot.id, LotChange.withdrawn_change != 0)
        .correlate(Lot)
        .scalar_subquery()
    )
    statement = (
        sa.select(Lot.id, LotChange.withdrawn_change)
        .join(LotChange, LotChange.id == newest)
        .where(
            Lot.id.in_(lot_ids),
            Lot.status == LotStatus.CLOSED,
            Lot.best_before >= shanghai_date(now),
            LotChange.withdrawn_change > 0,
            Lot.short_harvest.is_(None),
            Lot.in_question.is_(False),
            ~recalled(),
        )
    )
    return {row.id: row.withdrawn_change for row in session.execute(statement)}
