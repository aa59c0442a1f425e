"""What moves with time alone, through the whole shop with every reaction."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.models import Task
from shop.ordering.models import Order, OrderStatus
from shop.payments import releasing
from shop.rounds import complete_orders, escalate_tasks
from tests.factories.confirmed_orders import confirmed_order, placed_order
from tests.factories.villages import NOW, build_county


@pytest.fixture
def order_id(unit_of_work) -> int:
    county = unit_of_work.run(build_county)
    return confirmed_order(unit_of_work, county, {county.tea: 1})


def status_of(engine, order_id: int) -> OrderStatus:
    with Session(engine) as session:
        return session.get_one(Order, order_id).status


def test_an_order_on_its_way_for_ten_days_completes_once(unit_of_work, engine, order_id):
    unit_of_work.run(
        lambda session: session.execute(
            sa.update(Order).where(Order.id == order_id).values(status=OrderStatus.SHIPPED, shipped_at=NOW)
        )
    )
    assert complete_orders(unit_of_work, now=NOW + timedelta(days=9)) == 0
    assert complete_orders(unit_of_work, now=NOW + timedelta(days=10, minutes=1)) == 1
    assert status_of(engine, order_id) == OrderStatus.COMPLETED
    assert complete_orders(unit_of_work, now=NOW + timedelta(days=11)) == 0


def test_an_unanswered_task_goes_to_the_coordinator_first(unit_of_work, engine, order_id):
    with Session(engine) as session:
        deadline = session.scalar(sa.select(Task.deadline_at))
    assert escalate_tasks(unit_of_work, now=deadline - timedelta(minutes=1)) == 0
    assert escalate_tasks(unit_of_work, now=deadline + timedelta(minutes=1)) == 1
    assert escalate_tasks(unit_of_work, now=deadline + timedelta(hours=1)) == 0
    with Session(engine) as session:
        assert session.scalar(sa.select(Task.escalated_at)) == deadline + timedelta(minutes=1)


def test_an_order_that_cannot_be_released_does_not_keep_the_goods_of_the_others(
    unit_of_work, engine, monkeypatch, caplog
):
    county = unit_of_work.run(build_county)
    broken, other = (placed_order(unit_of_work, county, {county.tea: 1}) for _ in range(2))
    lock = releasing.lock_order

    def lock_order(session: Session, order_id: int) -> Order:
        if order_id == broken:
            raise RuntimeError("a mistake of ours")
        return lock(session, order_id)

    monkeypatch.setattr(releasing, "lock_order", lock_order)
    much_later = NOW + timedelta(days=3)
    assert releasing.release_dead_orders(unit_of_work, now=much_later) == 1
    assert [status_of(engine, one) for one in (broken, other)] == [
        OrderStatus.AWAITING_PAYMENT,
        OrderStatus.CANCELLED,
    ]
    assert f"order_id={broken}" in caplog.text
    monkeypatch.undo()
    assert releasing.release_dead_orders(unit_of_work, now=much_later) == 1
