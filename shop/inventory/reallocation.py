"""Units that their producer cannot give go to another producer's lot, by the same rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer, Village
from shop.inventory.allocation import Choice, Demand, allocate
from shop.inventory.candidates import read_offer
from shop.inventory.earnings import household_parts, shares_by_lot
from shop.inventory.figures import FigureChanges
from shop.inventory.holds import committed_allocations
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.movements import move_units, units_by_lot
from shop.inventory.stock import note_moved_stock
from shop.inventory.transitions import ALLOCATION_STATES
from shop.kit.clock import month_of
from shop.kit.money import split
from shop.storage.locks import LockRank, lock_rows

_AT_HUB = 0


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What else the order has: who already failed it, and where parcels of it go from anyway."""

    failed_producers: frozenset[int]
    open_places: frozenset[int]


def reallocate(
    session: Session,
    allocation_ids: Collection[int],
    *,
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int] = (),
    reason: str,
    now: datetime,
) -> list[int]:
    """Withdraw committed allocations and commit other producers' units instead; return the new allocations' ids.

    `order_line_ids` are all lines of the order: nobody who failed it before is asked again. `hub_line_ids` are its
    gift boxes, and `keeps_until` is the day on which its goods must still be good. The new allocations carry the
    same household money in total. The caller has locked the order.
    Raises OutOfStock when nobody else has such units; then nothing is changed.
    """
    old = committed_allocations(session, allocation_ids)
    choices = _choose(session, old, order_line_ids, few_parcels, keeps_until, hub_line_ids, now)
    move_units(session, units_by_lot(old), origin="committed", target="withdrawn")
    for allocation in old:
        allocation.status = ALLOCATION_STATES.step(allocation.status, AllocationStatus.WITHDRAWN)
        allocation.changed_at, allocation.reason = now, reason
    return _replace(session, old, choices, now)


def replace_withdrawn(
    session: Session,
    allocation_ids: Collection[int],
    *,
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int] = (),
    now: datetime,
) -> list[int]:
    """Commit other producers' units for allocations that were withdrawn when nobody else had any.

    As `reallocate` otherwise; the caller knows that nothing has replaced them yet.
    """
    withdrawn = sa.select(Allocation).where(
        Allocation.id.in_(allocation_ids), Allocation.status == AllocationStatus.WITHDRAWN
    )
    old = session.scalars(withdrawn.order_by(Allocation.id)).all()
    choices = _choose(session, old, order_line_ids, few_parcels, keeps_until, hub_line_ids, now)
    return _replace(session, old, choices, now)


def _surroundings(
    session: Session, order_line_ids: Collection[int], leaving: Collection[int]
) -> _Surroundings:
    rows = session.execute(
        sa.select(Allocation.id, Allocation.status, Lot.producer_id, Village.packing_place_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Allocation.order_line_id.in_(order_line_ids))
    ).all()
    withdrawn, going = AllocationStatus.WITHDRAWN, (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
    return _Surroundings(
        failed_producers=frozenset(
            row.producer_id for row in rows if row.status == withdrawn or row.id in leaving
        ),
        open_places=frozenset(
            row.packing_place_id for row in rows if row.status in going and row.id not in leaving
        ),
    )


def _choose(
    session: Session,
    old: Sequence[Allocation],
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int],
    now: datetime,
) -> list[Choice]:
    """Whose units go instead, by the fairness rule; the lots are locked. Raises OutOfStock."""
    around = _surroundings(session, order_line_ids, {allocation.id for allocation in old})
    variant_ids = {allocation.variant_id for allocation in old}
    lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.variant_id.in_(variant_ids)))
    offer = read_offer(session, variant_ids, now).keeping_until(keeps_until)
    return allocate(
        [
            Demand(one.id, one.variant_id, one.units, _AT_HUB if one.order_line_id in hub_line_ids else None)
            for one in old
        ],
        offer.lots,
        offer.income_per_head,
        few_parcels=few_parcels,
        open_places=around.open_places,
        excluded_producers=around.failed_producers,
    )


def _replace(
    session: Session, old: Sequence[Allocation], choices: Sequence[Choice], now: datetime
) -> list[int]:
    new = [allocation for one in old for allocation in _replacements(one, choices, now)]
    move_units(session, units_by_lot(new), origin="available", target="committed")
    session.add_all(new)
    session.flush()
    _move_earnings(session, old, new, now)
    note_moved_stock(session, {allocation.variant_id for allocation in new}, now=now)
    return [allocation.id for allocation in new]


def _replacements(old: Allocation, choices: Sequence[Choice], now: datetime) -> list[Allocation]:
    mine = [choice for choice in choices if choice.line == old.id]
    money = split(old.household_fen, [choice.units for choice in mine])
    return [
        Allocation(
            order_line_id=old.order_line_id,
            variant_id=old.variant_id,
            lot_id=choice.lot.lot_id,
            units=choice.units,
            status=AllocationStatus.COMMITTED,
            household_fen=fen,
            created_at=now,
            changed_at=now,
        )
        for choice, fen in zip(mine, money, strict=True)
    ]


def _move_earnings(
    session: Session, old: Sequence[Allocation], new: Sequence[Allocation], now: datetime
) -> None:
    shares = shares_by_lot(session, {allocation.lot_id for allocation in (*old, *new)})
    figures = FigureChanges()
    for sign, allocations in ((-1, old), (1, new)):
        for allocation in allocations:
            parts = household_parts(allocation.household_fen, shares[allocation.lot_id])
            figures.earn(parts, month_of(now), sign=sign)
    figures.write(session)
