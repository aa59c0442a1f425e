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
from shop.inventory.failures import OF_THE_LOT, Failures
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

    failed: Failures
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

    `order_line_ids` are all lines of the order: nobody who failed it before, or fails it for this `reason`, is asked
    again. `hub_line_ids` are its
    gift boxes, and `keeps_until` is the day on which its goods must still be good. The new allocations carry the
    same household money in total. The caller has locked the order.
    Raises OutOfStock when nobody else has such units; then nothing is changed.
    """
    old = committed_allocations(session, allocation_ids)
    choices = choose(
        session, old, order_line_ids, few_parcels, keeps_until, hub_line_ids, now, leaves_for=reason
    )
    move_units(session, units_by_lot(old), origin="committed", target="withdrawn")
    for allocation in old:
        allocation.status = ALLOCATION_STATES.step(allocation.status, AllocationStatus.WITHDRAWN)
        allocation.changed_at, allocation.reason = now, reason
    return put_in_place(session, old, choices, now)


def replace_withdrawn(
    session: Session,
    allocation_ids: Collection[int],
    *,
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int] = (),
    substitute_id: int | None = None,
    off_fen: int = 0,
    now: datetime,
) -> list[int]:
    """Commit other producers' units for allocations that were withdrawn when nobody else had any.

    With `substitute_id` units of that variant, one for one; of their price `off_fen` goes back to the buyer.
    As `reallocate` otherwise; the caller knows that nothing has replaced them yet.
    """
    old = withdrawn_allocations(session, allocation_ids)
    for one, fen in zip(old, split(off_fen, [one.units for one in old]), strict=True):
        one.off_fen += fen
    choices = choose(
        session, old, order_line_ids, few_parcels, keeps_until, hub_line_ids, now, substitute_id=substitute_id
    )
    return put_in_place(session, old, choices, now)


def withdrawn_allocations(session: Session, allocation_ids: Collection[int]) -> Sequence[Allocation]:
    """Those of them that are withdrawn, by id."""
    withdrawn = sa.select(Allocation).where(
        Allocation.id.in_(allocation_ids), Allocation.status == AllocationStatus.WITHDRAWN
    )
    return session.scalars(withdrawn.order_by(Allocation.id)).all()


def _surroundings(
    session: Session, order_line_ids: Collection[int], leaving: Collection[int], leaves_for: str = ""
) -> _Surroundings:
    rows = session.execute(
        sa.select(
            *(Allocation.id, Allocation.status, Allocation.reason, Allocation.lot_id),
            *(Lot.producer_id, Village.packing_place_id),
        )
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Allocation.order_line_id.in_(order_line_ids))
    ).all()
    withdrawn, going = AllocationStatus.WITHDRAWN, (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
    failed = [
        (row, leaves_for if row.id in leaving and row.status != withdrawn else row.reason)
        for row in rows
        if row.status == withdrawn or row.id in leaving
    ]
    return _Surroundings(
        failed=Failures(
            producers=frozenset(row.producer_id for row, why in failed if why not in OF_THE_LOT),
            lots=frozenset(row.lot_id for row, why in failed if why in OF_THE_LOT),
        ),
        open_places=frozenset(
            row.packing_place_id for row in rows if row.status in going and row.id not in leaving
        ),
    )


def choose(
    session: Session,
    old: Sequence[Allocation],
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int],
    now: datetime,
    *,
    substitute_id: int | None = None,
    leaves_for: str = "",
) -> list[Choice]:
    """Whose units go instead, by the fairness rule; the lots are locked. Raises OutOfStock.

    `leaves_for`: why units that are still committed leave. With `substitute_id`, units of that variant go in place of the ones that were asked for.
    """
    around = _surroundings(session, order_line_ids, {allocation.id for allocation in old}, leaves_for)
    variant_ids = {substitute_id or allocation.variant_id for allocation in old}
    lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.variant_id.in_(variant_ids)))
    offer = read_offer(session, variant_ids, now).harvested().keeping_until(keeps_until)
    return allocate(
        [
            Demand(
                one.id,
                substitute_id or one.variant_id,
                one.units,
                _AT_HUB if one.order_line_id in hub_line_ids else None,
            )
            for one in old
        ],
        [lot for lot in offer.lots if around.failed.allow(lot)],
        offer.income_per_head,
        few_parcels=few_parcels,
        open_places=around.open_places,
    )


def put_in_place(
    session: Session, old: Sequence[Allocation], choices: Sequence[Choice], now: datetime
) -> list[int]:
    """Commit what was chosen in place of the old units, with what these earn; the lots are locked."""
    new = [allocation for one in old for allocation in _replacements(one, choices, now)]
    move_units(session, units_by_lot(new), origin="available", target="committed")
    session.add_all(new)
    session.flush()
    move_earnings(session, old, new, now)
    note_moved_stock(session, {allocation.variant_id for allocation in new}, now=now)
    return [allocation.id for allocation in new]


def _replacements(old: Allocation, choices: Sequence[Choice], now: datetime) -> list[Allocation]:
    mine = [choice for choice in choices if choice.line == old.id]
    units = [choice.units for choice in mine]
    money, off = split(old.household_fen, units), split(old.off_fen, units)
    return [
        Allocation(
            order_line_id=old.order_line_id,
            variant_id=choice.lot.variant_id,
            lot_id=choice.lot.lot_id,
            units=choice.units,
            status=AllocationStatus.COMMITTED,
            household_fen=fen,
            instead_of_id=old.id,
            off_fen=off_fen,
            created_at=now,
            changed_at=now,
        )
        for choice, fen, off_fen in zip(mine, money, off, strict=True)
    ]


def move_earnings(
    session: Session, old: Sequence[Allocation], new: Sequence[Allocation], now: datetime
) -> None:
    """What the old ones had earned their households, the new ones earn theirs, from this month on."""
    shares = shares_by_lot(session, {allocation.lot_id for allocation in (*old, *new)})
    figures = FigureChanges()
    for sign, allocations in ((-1, old), (1, new)):
        for allocation in allocations:
            parts = household_parts(allocation.household_fen, shares[allocation.lot_id])
            figures.earn(parts, month_of(now), sign=sign)
    figures.write(session)


def failures(session: Session, order_line_ids: Collection[int]) -> Failures:
    """Who declined something of the order, was short or silent, and which lots of it were counted short or recalled."""
    return _surroundings(session, order_line_ids, ()).failed
