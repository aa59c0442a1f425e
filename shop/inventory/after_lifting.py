"""A recall was lifted: what its village had put aside is for sale again as the same lot, or is written off.

Which of them is there and good still, only somebody who stands before it can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.audit import audit
from shop.catalogue.models import Producer, Product, Variant, Village
from shop.inventory.errors import PastBestBefore
from shop.inventory.failures import RECALLED as FOR_A_RECALL
from shop.inventory.lot_writing import Author
from shop.inventory.lots import RECALLED
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotChange, LotStatus
from shop.inventory.producer_lots import Keepers
from shop.inventory.stock import note_moved_stock
from shop.inventory.trace_models import LotRecall, RecallState
from shop.kit.clock import shanghai_date
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row

SOLD_AGAIN: Final = msg("recall lifted: for sale again")
WRITTEN_OFF: Final = msg("recall lifted: written off")
_DECIDED: Final = msg("Somebody has said already what becomes of them. The lot's page shows it.")


@dataclass(frozen=True, slots=True)
class PutAside:
    """`units` of a lot lie apart since its recall, which was lifted."""

    lot_id: int
    lot_code: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    best_before: date
    reason_zh: str  # why the recall was lifted
    units: int

    def can_be_sold(self, today: date) -> bool:
        return self.best_before >= today


def lying_apart(
    session: Session, keepers: Keepers, *, lot_id: int | None = None, limit: int = 50
) -> Sequence[PutAside]:
    """Of which nobody has said what becomes of them. One statement."""
    names: tuple[Any, ...] = (
        *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
        *(Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
    )
    statement = (
        sa.select(
            Lot.id, Lot.code, *names, Lot.best_before, LotRecall.ended_reason, sa.cast(_units(), sa.Integer)
        )
        .select_from(LotRecall)
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(keepers.condition(), _waits())
        .order_by(LotRecall.id)
        .limit(limit)
    )
    if lot_id is not None:
        statement = statement.where(Lot.id == lot_id)
    return [PutAside(*row) for row in session.execute(statement)]


def lying_apart_counted(keepers: Keepers) -> sa.Select[int]:
    """SQL: of how many lots."""
    return (
        sa.select(sa.func.count(LotRecall.id))
        .join(Lot, Lot.id == LotRecall.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .where(keepers.condition(), _waits())
    )


def decide_apart(
    session: Session, lot_id: int, keepers: Keepers, *, good: int, author: Author, now: datetime
) -> int:
    """`good` of the units that lie apart are for sale again, as the same lot; the others are written off. Locks the lot.

    Returns how many were written off. Raises NotFound for another village's; Conflict when nothing lies apart any
    more; InvalidInput for more than there are; PastBestBefore.
    """
    own = sa.select(Lot).join(Producer, Producer.id == Lot.producer_id)
    lot = lock_row(session, LockRank.LOT, own.where(Lot.id == lot_id, keepers.condition()))
    if lot is None:
        raise NotFound()
    waiting = lying_apart(session, keepers, lot_id=lot_id)
    if not waiting:
        raise Conflict(_DECIDED)
    units = waiting[0].units
    if not 0 <= good <= units:
        raise InvalidInput(msg("At most %(most)s units."), field="good", most=units)
    if good and lot.best_before < shanghai_date(now):
        raise PastBestBefore()
    lost = units - good
    if good:
        lot.status, lot.available, lot.withdrawn = LotStatus.OPEN, lot.available + good, lot.withdrawn - good
        session.flush()
        _note(session, lot, author, now, -good, SOLD_AGAIN)
    if lost or not good:
        _note(session, lot, author, now, 0, WRITTEN_OFF)
    facts = {"units": good, "written_off": lost}
    audit(session, author.user_id, "lot.decided_apart", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return lost


def _note(session: Session, lot: Lot, author: Author, now: datetime, withdrawn: int, reason: str) -> None:
    session.add(
        LotChange(
            lot_id=lot.id, at=now, actor_id=author.user_id, for_producer=author.for_producer,
            withdrawn_change=withdrawn, reason=reason,
        )
    )  # fmt: skip
    session.flush()


def _waits() -> sa.ColumnElement[bool]:
    """SQL: the lot's newest recall was lifted, units lie apart, and nobody has said what becomes of them."""
    newer = aliased(LotRecall)
    overtaken = sa.exists().where(newer.lot_id == LotRecall.lot_id, newer.id > LotRecall.id)
    said = sa.exists().where(
        LotChange.lot_id == LotRecall.lot_id,
        LotChange.at >= LotRecall.ended_at,
        LotChange.reason.in_((SOLD_AGAIN, WRITTEN_OFF)),
    )
    return sa.and_(
        LotRecall.state == RecallState.LIFTED,
        ~overtaken.correlate(LotRecall),
        ~said.correlate(LotRecall),
        Lot.short_harvest.is_(None),
        Lot.expected_on.is_(None),
        _units() > 0,
    )


def _units() -> sa.ColumnElement[int]:
    """SQL: taken off sale or out of tasks by this recall, less what was opened again since; withdrawn ones at most."""
    off_sale = (
        sa.select(sa.func.coalesce(sa.func.sum(LotChange.withdrawn_change), 0))
        .where(
            LotChange.lot_id == LotRecall.lot_id,
            LotChange.at >= LotRecall.recalled_at,
            sa.or_(LotChange.reason == RECALLED, LotChange.withdrawn_change < 0),
        )
        .correlate(LotRecall)
        .scalar_subquery()
    )
    stopped = (
        sa.select(sa.func.coalesce(sa.func.sum(Allocation.units), 0))
        .where(
            Allocation.lot_id == LotRecall.lot_id,
            Allocation.reason == FOR_A_RECALL,
            Allocation.status.in_((AllocationStatus.WITHDRAWN, AllocationStatus.CLOSED)),
            Allocation.changed_at >= LotRecall.recalled_at,
        )
        .correlate(LotRecall)
        .scalar_subquery()
    )
    total = off_sale + stopped
    return sa.case((total > Lot.withdrawn, Lot.withdrawn), else_=total)
