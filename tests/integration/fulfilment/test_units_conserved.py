"""Random village days: whatever is pressed in whatever order, no unit, task or fen is lost."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.fulfilment.accepting import accept
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.goods import add_up, goods_of_tasks
from shop.fulfilment.models import Task, TaskItem, TaskStatus
from shop.fulfilment.packing import pack_parcel
from shop.fulfilment.reach import WORKER
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.receiving import receive
from shop.fulfilment.shortage import fall_short
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Allocation, AllocationStatus, HouseholdMonth, Lot
from shop.kit.errors import Conflict
from shop.ledger.models import Account, Posting
from shop.ordering.models import OrderLine
from tests.factories.confirmed_orders import confirmed_order
from tests.factories.villages import NOW, County

GOING = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
LIVE = (TaskStatus.OPEN, TaskStatus.ACCEPTED, TaskStatus.READY, TaskStatus.PACKED)
LATER = NOW + timedelta(hours=1)


def _pack(session, task):
    pack_parcel(session, task.order_id, task.packing_place_id, partly=True, by=WORKER, now=LATER)


def _one_short(session, task):
    """One unit of the first goods is missing; a task of one unit has no part."""
    goods = add_up(goods_of_tasks(session, [task.id])[task.id])
    if sum(one.units for one in goods) > 1:
        fall_short(session, task.id, {goods[0].variant_id: goods[0].units - 1}, by=WORKER, now=LATER)


PRESSES = {
    "accept": lambda session, task: accept(session, [task.id], by=WORKER, now=LATER),
    "ready": lambda session, task: mark_ready(session, [task.id], by=WORKER, now=LATER),
    "undo": lambda session, task: undo_ready(session, task.id, by=WORKER, now=LATER),
    "receive": lambda session, task: receive(session, [task.id], by=WORKER, now=LATER),
    "decline": lambda session, task: decline(session, task.id, "货不够", by=WORKER, now=LATER),
    "short": _one_short,
    "reassign": lambda session, task: reassign(session, task.id, by=WORKER, now=LATER),
    "pack": _pack,
}
presses = st.lists(st.tuples(st.sampled_from(sorted(PRESSES)), st.integers(0, 30)), min_size=1, max_size=12)
orders = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 2)), min_size=1, max_size=2)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(ordered=orders, pressed=presses)
def test_units_asked_are_units_going_or_waiting(ordered, pressed, county: County, unit_of_work):
    for tea, boxes in ordered:
        wanted = {county.tea: tea} | ({county.box: boxes} if boxes else {})
        try:
            confirmed_order(unit_of_work, county, wanted)
        except OutOfStock:
            continue
    for name, chosen in pressed:
        _press(unit_of_work, name, chosen)
    unit_of_work.run(lambda session: _look(session, county))


def _press(unit_of_work, name: str, chosen: int) -> None:
    ids = unit_of_work.run(lambda session: session.scalars(sa.select(Task.id).order_by(Task.id)).all())
    if not ids:
        return
    task_id = ids[chosen % len(ids)]
    try:
        unit_of_work.run(lambda session: PRESSES[name](session, session.get_one(Task, task_id)))
    except Conflict:
        return  # refused, and so nothing has changed


def _look(session: Session, county: County) -> None:
    asked = sum(
        line.quantity * (3 if line.variant_id == county.box else 1)
        for line in session.scalars(sa.select(OrderLine))
    )
    rows = session.execute(
        sa.select(Allocation.units, Allocation.status, TaskItem.waits, Task.status)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .outerjoin(Task, Task.id == TaskItem.task_id)
    ).all()
    going = [row for row in rows if row[1] in GOING]
    assert asked == sum(row.units for row in going) + sum(row.units for row in rows if row.waits)
    assert all(row[3] in LIVE for row in going), "every unit that goes has one live task"
    for lot in session.scalars(sa.select(Lot)):
        committed = sum(
            one.units
            for one in session.scalars(sa.select(Allocation).where(Allocation.lot_id == lot.id))
            if one.status is AllocationStatus.COMMITTED
        )
        assert lot.committed == committed
    figures = dict(
        session.execute(
            sa.select(HouseholdMonth.household_id, sa.func.sum(HouseholdMonth.earned_fen))
            .group_by(HouseholdMonth.household_id)
            .having(sa.func.sum(HouseholdMonth.earned_fen) != 0)
        ).all()
    )
    books = dict(
        session.execute(
            sa.select(Posting.household_id, -sa.func.sum(Posting.amount_fen))
            .where(Posting.account == Account.HOUSEHOLD_PAYABLE)
            .group_by(Posting.household_id)
            .having(sa.func.sum(Posting.amount_fen) != 0)
        ).all()
    )
    assert figures == books
