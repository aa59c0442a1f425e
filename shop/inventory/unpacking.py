"""Packed anew by mistake: the new lot is emptied and closed, and its units are back in the lots that they came from."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.errors import LotNotWhole
from shop.inventory.lot_writing import Author
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.recall_state import recalled
from shop.inventory.stock import note_moved_stock
from shop.inventory.trace_models import LotOrigin
from shop.kit.errors import NotFound
from shop.storage.locks import LockRank, lock_rows


def undo_repacking(session: Session, lot_id: int, *, author: Author, now: datetime) -> None:
    """The lot never had a unit, and stays closed. Locks it and its origins.

    Raises NotFound for a lot that was not packed of others, LotNotWhole when anything of it is promised, gone,
    withdrawn or called back, or a lot that it came from is closed.
    """
    origins = dict(
        session.execute(
            sa.select(LotOrigin.origin_id, LotOrigin.units).where(LotOrigin.lot_id == lot_id)
        ).all()
    )
    lots = lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.id.in_({lot_id, *origins})))
    made = next((one for one in lots if one.id == lot_id), None)
    if made is None or not origins:
        raise NotFound()
    if made.available != made.declared or any(one.status is not LotStatus.OPEN for one in lots):
        raise LotNotWhole()
    if (
        session.scalar(sa.select(Lot.id).where(Lot.id.in_({lot_id, *origins}), recalled()).limit(1))
        is not None
    ):
        raise LotNotWhole()
    _change(session, made, author, now, declared_change=-made.declared)
    made.declared, made.available, made.status = 0, 0, LotStatus.CLOSED
    for one in lots:
        if one is not made:
            units = origins[one.id]
            one.available, one.withdrawn = one.available + units, one.withdrawn - units
            _change(session, one, author, now, repacked_change=-units, reason=made.code)
    session.execute(sa.delete(LotOrigin).where(LotOrigin.lot_id == lot_id))
    session.flush()
    facts = {"lots": ", ".join(one.code for one in lots if one is not made)}
    audit(session, author.user_id, "lot.repacking_undone", "lot", made.code, facts, now=now)
    note_moved_stock(session, {one.variant_id for one in lots}, now=now)


def _change(session: Session, lot: Lot, author: Author, now: datetime, **change: int | str) -> None:
    session.add(
        LotChange(lot_id=lot.id, at=now, actor_id=author.user_id, for_producer=author.for_producer, **change)
    )
