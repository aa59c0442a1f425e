"""A processing that was entered wrong is undone while nothing of its lot is promised."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.catalogue.models import Producer
from shop.inventory.intake.errors import LotInUse, UndoneAlready
from shop.inventory.intake.packaging import give_packaging_back
from shop.inventory.intake.processing_models import Processing
from shop.inventory.intake.using_up import give_back
from shop.inventory.intake.weighing import LONGEST_REASON, SAY_WHY, lock_numbers
from shop.inventory.intake.workshops import is_workshop
from shop.inventory.models import Lot, LotChange, LotStatus
from shop.inventory.stock import note_moved_stock
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import tidy
from shop.storage.locks import LockRank, lock_row


def undo_processing(
    session: Session,
    processing_id: int,
    *,
    reason: str,
    village_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
) -> None:
    """Empty and close the lot, and free its raw goods and packaging.

    Locks the workshop's raw goods and the lot. Raises NotFound, InvalidInput, UndoneAlready, and LotInUse when
    anything of the lot is promised, gone or withdrawn.
    """
    producer_id = _own(session, processing_id, village_ids)
    lock_numbers(session, producer_id)
    processing = session.scalars(
        sa.select(Processing)
        .where(Processing.id == processing_id)
        .options(selectinload(Processing.uses))
        .execution_options(populate_existing=True)
    ).one()
    said = tidy(reason)[:LONGEST_REASON]
    if processing.undone_at is not None:
        raise UndoneAlready()
    if not said:
        raise InvalidInput(SAY_WHY, field="reason")
    lot = _empty_lot(session, processing.lot_id, said, actor_id, now)
    give_back(session, {use.intake_id: use.grams for use in processing.uses})
    give_packaging_back(session, processing.id, actor_id=actor_id, now=now)
    processing.undone_at, processing.undone_by_id, processing.undone_reason = now, actor_id, said
    session.flush()
    facts = {"units": processing.units, "in_g": processing.in_g, "reason": said}
    audit(session, actor_id, "lot.processing_undone", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)


def _own(session: Session, processing_id: int, village_ids: Collection[int]) -> int:
    """Whose it is. Raises NotFound."""
    found = session.scalar(
        sa.select(Processing.producer_id)
        .join(Producer, Producer.id == Processing.producer_id)
        .where(Processing.id == processing_id, is_workshop(village_ids))
    )
    if found is None:
        raise NotFound()
    return found


def _empty_lot(session: Session, lot_id: int, reason: str, actor_id: int | None, now: datetime) -> Lot:
    """It never had a unit: nothing is left that could be sold again."""
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    units = lot.declared
    if lot.status is not LotStatus.OPEN or lot.available != units:
        raise LotInUse()
    lot.declared, lot.available, lot.status = 0, 0, LotStatus.CLOSED
    session.add(
        LotChange(
            lot_id=lot.id, at=now, actor_id=actor_id, for_producer=True, declared_change=-units, reason=reason
        )
    )
    session.flush()
    return lot
