"""The life of an allocation: held with the order, committed with its money, then shipped, or freed again.

Callers lock the order first. Each function moves lots (in id order), then allocations, then household figures.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.allocation import Candidate, Share
from shop.inventory.earnings import household_parts
from shop.inventory.errors import LotRecalled, RefundedAsReturned, StockMoved
from shop.inventory.figures import FigureChanges
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotShare, ReturnedUnits, ReturnStatus
from shop.inventory.movements import COLUMN_OF, free_units, move_units, units_by_lot
from shop.inventory.recall_state import recalled
from shop.inventory.stock import note_moved_stock
from shop.inventory.transitions import ALLOCATION_STATES
from shop.kit.clock import month_of
from shop.kit.text import msg


@dataclass(frozen=True, slots=True)
class Hold:
    """So many units of a locked lot for one order line, and what they will earn its households, in fen."""

    order_line_id: int
    lot: Candidate
    units: int
    household_fen: int


def hold(session: Session, holds: Sequence[Hold], *, now: datetime) -> None:
    """Promise units to an order that waits for its money. The lots come from `lock_offer` in this transaction."""
    _take(session, holds, AllocationStatus.HELD, now)


def hold_and_commit(session: Session, holds: Sequence[Hold], *, now: datetime) -> None:
    """Give units to an order whose money is here already. The lots come from `lock_offer` in this transaction."""
    _take(session, holds, AllocationStatus.COMMITTED, now)


def sell_what_left(session: Session, holds: Sequence[Hold], *, now: datetime) -> None:
    """Units that had left their lots already, for a shelf, go home with who bought them: no lot changes.

    The caller takes them off the shelf.
    """
    _write(session, holds, AllocationStatus.SHIPPED, now)


def _take(session: Session, holds: Sequence[Hold], status: AllocationStatus, now: datetime) -> None:
    units: dict[int, int] = {}
    for one in holds:
        units[one.lot.lot_id] = units.get(one.lot.lot_id, 0) + one.units
    move_units(session, units, origin="available", target=COLUMN_OF[status])
    _write(session, holds, status, now)
    note_moved_stock(session, {one.lot.variant_id for one in holds}, now=now)


def _write(session: Session, holds: Sequence[Hold], status: AllocationStatus, now: datetime) -> None:
    figures = FigureChanges()
    count = figures.hold if status is AllocationStatus.HELD else figures.earn
    for one in holds:
        count(household_parts(one.household_fen, one.lot.shares), month_of(now))
    session.execute(
        sa.insert(Allocation),
        [
            {
                "order_line_id": one.order_line_id,
                "variant_id": one.lot.variant_id,
                "lot_id": one.lot.lot_id,
                "units": one.units,
                "status": status,
                "household_fen": one.household_fen,
                "created_at": now,
                "changed_at": now,
            }
            for one in holds
        ],
    )
    figures.write(session)


def commit_allocations(session: Session, order_line_ids: Collection[int], *, now: datetime) -> None:
    """The order is confirmed: what is held for its lines is theirs, and counts as earned this month."""
    held = allocations_of(session, order_line_ids, AllocationStatus.HELD)
    move_units(session, units_by_lot(held), origin="held", target="committed")
    _set_status(session, held, AllocationStatus.COMMITTED, now)
    figures = FigureChanges()
    for allocation, parts in _with_parts(session, held):
        figures.hold(parts, month_of(allocation.created_at), sign=-1)
        figures.earn(parts, month_of(now))
    figures.write(session)


def release_allocations(
    session: Session, order_line_ids: Collection[int], *, now: datetime, reason: str
) -> None:
    """The order died without money: what is held for its lines is for sale again."""
    held = allocations_of(session, order_line_ids, AllocationStatus.HELD)
    free_units(session, units_by_lot(held), origin="held")
    _set_status(session, held, AllocationStatus.RELEASED, now, reason)
    figures = FigureChanges()
    for allocation, parts in _with_parts(session, held):
        figures.hold(parts, month_of(allocation.created_at), sign=-1)
    figures.write(session)
    note_moved_stock(session, {allocation.variant_id for allocation in held}, now=now)


def return_allocations(
    session: Session, order_line_ids: Collection[int], *, now: datetime, reason: str
) -> None:
    """A confirmed order is called off before it left: its committed units are for sale again.

    What they earned is taken back when the money has gone back, by `figures.change_earned` beside the ledger.
    """
    committed = allocations_of(session, order_line_ids, AllocationStatus.COMMITTED)
    free_units(session, units_by_lot(committed), origin="committed")
    _set_status(session, committed, AllocationStatus.RELEASED, now, reason)
    note_moved_stock(session, {allocation.variant_id for allocation in committed}, now=now)


def ship_allocations(session: Session, allocation_ids: Collection[int], *, now: datetime) -> None:
    """The parcel left with these units.

    Raises StockMoved unless all of them were committed, LotRecalled when some are of a lot that is called back.
    """
    _refuse_recalled(session, allocation_ids)
    _end(session, allocation_ids, AllocationStatus.SHIPPED, now, "")


def unship_allocations(session: Session, allocation_ids: Collection[int], *, now: datetime) -> None:
    """The parcel was called shipped by mistake.

    Raises StockMoved unless all of them were shipped, RefundedAsReturned when some of them came back.
    """
    found = list(
        session.scalars(
            sa.select(Allocation)
            .where(Allocation.id.in_(allocation_ids), Allocation.status == AllocationStatus.SHIPPED)
            .order_by(Allocation.id)
        )
    )
    if len(found) != len(set(allocation_ids)):
        raise StockMoved()
    _refuse_returned(session, allocation_ids)
    move_units(session, units_by_lot(found), origin="shipped", target="committed")
    _set_status(session, found, AllocationStatus.COMMITTED, now)


def _refuse_recalled(session: Session, allocation_ids: Collection[int]) -> None:
    called_back = (
        sa.select(Lot.code).join(Allocation, Allocation.lot_id == Lot.id).where(recalled()).order_by(Lot.id)
    )
    code = session.scalar(called_back.where(Allocation.id.in_(allocation_ids)).limit(1))
    if code is not None:
        raise LotRecalled(
            msg(
                "Goods of the recalled lot %(lot)s are in it, and nothing of it leaves. In a minute it is said here which box has to be opened."
            ),
            lot=code,
        )


def _refuse_returned(session: Session, allocation_ids: Collection[int]) -> None:
    returned = sa.select(ReturnedUnits.id).where(
        ReturnedUnits.allocation_id.in_(allocation_ids), ReturnedUnits.status != ReturnStatus.CALLED_OFF
    )
    if session.scalar(returned.limit(1)) is not None:
        raise RefundedAsReturned()


def withdraw_allocations(
    session: Session, allocation_ids: Collection[int], *, now: datetime, reason: str
) -> None:
    """The producer does not have these units and nobody else has: they leave the lot with the reason.

    What they earned stands until the refund. Raises StockMoved unless all of them were committed.
    """
    _end(session, allocation_ids, AllocationStatus.WITHDRAWN, now, reason)


def close_allocations(
    session: Session, allocation_ids: Collection[int], *, now: datetime
) -> list[Allocation]:
    """Withdrawn units that nobody else had leave their order, by id. Raises StockMoved unless all were withdrawn.

    They stay withdrawn from their lot. What they earned stands until the money has gone back.
    """
    found = list(
        session.scalars(
            sa.select(Allocation)
            .where(Allocation.id.in_(allocation_ids), Allocation.status == AllocationStatus.WITHDRAWN)
            .order_by(Allocation.id)
        )
    )
    if len(found) != len(set(allocation_ids)):
        raise StockMoved()
    _set_status(session, found, AllocationStatus.CLOSED, now)
    return found


def allocations_of(
    session: Session, order_line_ids: Collection[int], status: AllocationStatus
) -> list[Allocation]:
    return list(
        session.scalars(
            sa.select(Allocation)
            .where(Allocation.order_line_id.in_(order_line_ids), Allocation.status == status)
            .order_by(Allocation.id)
        )
    )


def committed_allocations(session: Session, allocation_ids: Collection[int]) -> list[Allocation]:
    """These allocations, by id. Raises StockMoved unless all of them are committed."""
    found = session.scalars(
        sa.select(Allocation)
        .where(Allocation.id.in_(allocation_ids), Allocation.status == AllocationStatus.COMMITTED)
        .order_by(Allocation.id)
    ).all()
    if len(found) != len(set(allocation_ids)):
        raise StockMoved()
    return list(found)


def _end(
    session: Session, allocation_ids: Collection[int], status: AllocationStatus, now: datetime, reason: str
) -> None:
    committed = committed_allocations(session, allocation_ids)
    move_units(session, units_by_lot(committed), origin="committed", target=COLUMN_OF[status])
    _set_status(session, committed, status, now, reason)


def _set_status(
    session: Session,
    allocations: Iterable[Allocation],
    status: AllocationStatus,
    now: datetime,
    reason: str = "",
) -> None:
    for allocation in allocations:
        allocation.status = ALLOCATION_STATES.step(allocation.status, status)
        allocation.changed_at = now
        allocation.reason = reason or allocation.reason
    session.flush()


def _with_parts(
    session: Session, allocations: Sequence[Allocation]
) -> list[tuple[Allocation, dict[int, int]]]:
    """Each allocation with what it earns each household."""
    shares: dict[int, list[Share]] = {}
    of_lots = sa.select(LotShare.lot_id, LotShare.household_id, LotShare.share_bp).where(
        LotShare.lot_id.in_({allocation.lot_id for allocation in allocations})
    )
    for lot_id, household_id, share_bp in session.execute(of_lots):
        shares.setdefault(lot_id, []).append(Share(household_id, share_bp))
    return [
        (allocation, household_parts(allocation.household_fen, shares[allocation.lot_id]))
        for allocation in allocations
    ]
