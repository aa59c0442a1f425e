"""The money came after the truck's cut-off: the order goes with a later truck, or a person must find a way for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Product
from shop.delivery.errors import NotServed, RunClosed, RunFull
from shop.delivery.models import Run, RunStatus
from shop.delivery.runs import book, open_runs, unbook
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.clock import shanghai_date
from shop.ordering.history import note
from shop.ordering.keeping import find_route, read_keeping
from shop.ordering.models import DeliveryKind, Order, OrderEvent, OrderLine, OrderStatus

MOVED: Final = "moved_to_later_truck"
MISSED: Final = "missed_truck"
NEXT: Final = "moved_to_next_truck"  # somebody found a later truck for it
CHOSEN: Final = "truck_chosen_anew"  # another truck or a courier was wished for, whatever became of the first


def catch_a_truck(session: Session, order: Order, *, now: datetime) -> None:
    """Move an order that is confirmed past its run's cut-off to the next run that has room, if its goods keep.

    Else it stays where it is and is put on the list of what somebody must decide. The order is locked, and its lots
    before the runs.
    """
    if order.delivery is not DeliveryKind.PICKUP or order.run_id is None:
        return
    missed = session.get_one(Run, order.run_id, populate_existing=True)
    if missed.status is RunStatus.PLANNED and missed.cutoff_at > now:
        return
    later = move_to_later_truck(session, order, now=now)
    if later is None:
        note(session, order.id, MISSED, now, run=missed.code)
    else:
        note(session, order.id, MOVED, now, run=later.code, missed=missed.code)


def move_to_later_truck(
    session: Session,
    order: Order,
    *,
    weight_g: int | None = None,
    ready_on: date | None = None,
    now: datetime,
) -> Run | None:
    """Book the next run that has room and comes while the order's goods are good, instead of its own; None for none.

    `weight_g` is what of it is still to go; without it, all that was booked. What leaves before the day `ready_on` is too
    early. The order is locked.
    """
    before_g = order.booked_g
    wanted_g = before_g if weight_g is None else weight_g
    later = _book_later(session, order, wanted_g, now, ready_on)
    if later is not None and order.run_id is not None:
        unbook(session, order.run_id, weight_g=before_g)
        order.run_id = later.id
        if wanted_g != before_g:
            order.run_weight_g = wanted_g
    return later


def book_instead(session: Session, order: Order, run: Run, *, now: datetime) -> None:
    """Book this run instead of the order's own, which is locked. Raises RunClosed, RunFull."""
    book(session, run.id, point_id=order.pickup_point_id or 0, weight_g=order.booked_g, now=now)
    if order.run_id is not None:
        unbook(session, order.run_id, weight_g=order.booked_g)
    order.run_id = run.id


def keeps_for(session: Session, order: Order, run: Run, *, now: datetime) -> bool:
    """Whether the order's goods are good when this run comes."""
    spoils = _first_to_spoil(session, order)
    return spoils is None or spoils >= read_keeping(session, now=now).by_truck(run.arrives_at)


def keeps_to(session: Session, order: Order, province: str, *, now: datetime) -> bool:
    """Whether the order's goods are good when a courier brings them there now. Raises NotServed."""
    hours = session.scalars(
        sa.select(Product.ready_hours)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .where(OrderLine.order_id == order.id)
    ).all()
    route = find_route(session, province, hours, now=now)
    if route is None:
        raise NotServed(field="province", province=province)
    spoils = _first_to_spoil(session, order)
    return spoils is None or spoils >= route.keeps_until


def was_paid_too_late() -> sa.ColumnElement[bool]:
    """SQL: no truck takes the order since it was paid, and nobody has found it one."""
    missed, found = aliased(OrderEvent), aliased(OrderEvent)
    has_one = sa.exists().where(
        found.order_id == missed.order_id, found.kind.in_((NEXT, CHOSEN)), found.id > missed.id
    )
    return sa.and_(
        Order.status == OrderStatus.CONFIRMED,
        sa.exists().where(missed.order_id == Order.id, missed.kind == MISSED, ~has_one),
    )


def orders_without_truck(
    session: Session, *, unless: sa.ColumnElement[bool] | None = None
) -> Sequence[tuple[str, datetime]]:
    """Numbers of paid orders that no truck takes, the oldest first, and since when; until somebody finds them one,
    they leave, or are called off. `unless` is what else helps them.
    """
    statement = (
        sa.select(Order.number, sa.func.max(OrderEvent.at))
        .join(OrderEvent, sa.and_(OrderEvent.order_id == Order.id, OrderEvent.kind == MISSED))
        .where(was_paid_too_late(), sa.true() if unless is None else ~unless)
        .group_by(Order.id, Order.number)
        .order_by(sa.func.max(OrderEvent.at), Order.id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def truck_news(events: Iterable[OrderEvent]) -> str | None:
    """Whether the order could not go with the truck that was chosen: MOVED, MISSED, NEXT or None."""
    told = [event.kind for event in events if event.kind in {MOVED, MISSED, NEXT, CHOSEN}]
    return told[-1] if told and told[-1] != CHOSEN else None


def _book_later(
    session: Session, order: Order, weight_g: int, now: datetime, ready_on: date | None
) -> Run | None:
    spoils = _first_to_spoil(session, order)
    keeping = read_keeping(session, now=now)
    point_id = order.pickup_point_id or 0
    for run in open_runs(session, now=now, point_id=point_id):
        if spoils is not None and spoils < keeping.by_truck(run.arrives_at):
            return None  # and those after it arrive later still
        if ready_on is not None and shanghai_date(run.departs_at) < ready_on:
            continue
        try:
            book(session, run.id, point_id=point_id, weight_g=weight_g, now=now)
        except (RunClosed, RunFull):
            continue
        return run
    return None


def _first_to_spoil(session: Session, order: Order) -> date | None:
    """The day until which all goods of the order are good."""
    kept = (AllocationStatus.HELD, AllocationStatus.COMMITTED)
    return session.scalar(
        sa.select(sa.func.min(Lot.best_before))
        .join(Allocation, Allocation.lot_id == Lot.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .where(OrderLine.order_id == order.id, Allocation.status.in_(kept))
    )
