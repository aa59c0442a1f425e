"""Households are told that their time runs out, villages that somebody has to call; once each."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.editing.places import save_category
from shop.catalogue.editing.products import save_product
from shop.catalogue.models import ProducerMember, Product, VillageCoordinator
from shop.fulfilment.models import Task
from shop.notifications.letters import compose
from shop.ordering.models import OrderEvent
from shop.rounds import escalate_tasks, remind_households
from shop.storage.outbox import OutboxMessage
from tests.factories.trade import Trade


@pytest.fixture
def task(trade: Trade) -> Task:
    """A task of somebody who has a telephone, in a village that has a coordinator."""
    order_id = trade.sell({"eggs": 2})
    (task,) = trade.tasks(order_id)

    def people(session):
        farmer, coordinator = (
            User(
                email=f"{name}@shop.example", name=name, phone=f"+861380000000{number}", created_at=trade.now
            )
            for number, name in enumerate(("farmer", "coordinator"))
        )
        session.add_all([farmer, coordinator])
        session.flush()
        session.add(UserRole(user_id=farmer.id, role=RoleName.FARMER))
        session.add(ProducerMember(user_id=farmer.id, producer_id=task.producer_id))
        session.add(VillageCoordinator(user_id=coordinator.id, village_id=task.village_id))

    trade.run(people)
    return task


def sent(trade: Trade, message: str) -> list[dict]:
    found = sa.select(OutboxMessage.payload).where(OutboxMessage.dedupe_key.like(f"{message}:%"))
    return trade.run(lambda s: list(s.scalars(found)))


def at(trade: Trade, task: Task, *, hours: float) -> None:
    trade.now = task.deadline_at + timedelta(hours=hours)


def events(trade: Trade, kind: str) -> int:
    return trade.run(lambda s: s.scalar(sa.select(sa.func.count()).where(OrderEvent.kind == kind)))


def test_a_household_is_told_once_before_its_deadline(trade: Trade, task: Task):
    at(trade, task, hours=-7)
    assert remind_households(trade.unit_of_work, now=trade.now) == 0
    at(trade, task, hours=-5)
    for _ in range(2):
        remind_households(trade.unit_of_work, now=trade.now)
    (payload,) = sent(trade, "task_due_soon")
    assert events(trade, "task_reminded") == 1
    letter = trade.run(lambda s: compose(s, payload, now=trade.now))
    assert (letter.language, letter.phone, letter.facts["number"]) == (
        "zh",
        "+8613800000000",
        task.code[:3],
    )
    trade.ready(task.order_id)
    assert trade.run(lambda s: compose(s, payload, now=trade.now)) is None, "it is ready meanwhile"


def test_nobody_is_told_who_is_ready_and_nobody_where_the_shop_does_not_remind(trade: Trade, task: Task):
    none = {"remind_before_hours": "0"}
    trade.run(lambda s: set_shop_settings(s, none, actor_id=None, now=trade.now))
    at(trade, task, hours=-1)
    assert remind_households(trade.unit_of_work, now=trade.now) == 0
    six = {"remind_before_hours": "6"}
    trade.run(lambda s: set_shop_settings(s, six, actor_id=None, now=trade.now))
    trade.ready(task.order_id)
    assert remind_households(trade.unit_of_work, now=trade.now) == 0


def test_the_coordinator_is_told_at_the_deadline_hours_before_others_are_asked(trade: Trade, task: Task):
    at(trade, task, hours=1)
    for _ in range(2):
        escalate_tasks(trade.unit_of_work, now=trade.now)
    (payload,) = sent(trade, "tasks_overdue")
    letter = trade.run(lambda s: compose(s, payload, now=trade.now))
    assert (letter.facts["told"].tasks, letter.facts["hours"]) == (1, 12)
    trade.accept(task.order_id)
    assert trade.run(lambda s: compose(s, payload, now=trade.now)) is None, "somebody answered"


def test_who_answers_late_is_reminded_of_the_new_deadline(trade: Trade, task: Task):
    at(trade, task, hours=-1)
    remind_households(trade.unit_of_work, now=trade.now)
    at(trade, task, hours=1)
    trade.accept(task.order_id)
    (later,) = trade.tasks(task.order_id)
    at(trade, later, hours=-2)
    remind_households(trade.unit_of_work, now=trade.now)
    assert events(trade, "task_reminded") == 2


def test_fresh_goods_have_hours_and_dry_ones_days_as_their_category_says(trade: Trade):
    def hours(sku: str) -> int:
        return trade.run(lambda s: s.get_one(Product, trade.shop.products[sku]).ready_hours)

    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: save_category(s, trade.shop.category_id, {"ready_hours": 72}, **who))
    eggs = trade.shop.products["eggs"]
    trade.run(lambda s: save_product(s, eggs, {"own_ready_hours": 10}, **who))
    assert (hours("tea"), hours("eggs")) == (72, 10)
    trade.run(lambda s: save_category(s, trade.shop.category_id, {"ready_hours": 96}, **who))
    assert (hours("tea"), hours("eggs")) == (96, 10)
    trade.run(lambda s: save_product(s, eggs, {"own_ready_hours": None}, **who))
    assert hours("eggs") == 96


def test_a_task_of_fresh_and_dry_goods_is_due_when_the_fresh_ones_are(trade: Trade):
    who = {"actor_id": trade.admin_id, "now": trade.now}
    honey = trade.shop.products["honey"]
    trade.run(lambda s: save_product(s, honey, {"own_ready_hours": 10}, **who))
    order_id = trade.sell({"tea": 1, "honey": 1}, courier=True)
    tasks = trade.tasks(order_id)
    together = [one for one in tasks if one.producer_id == trade.shop.producers["li"]]
    assert together
    assert together[0].deadline_at <= trade.now + timedelta(hours=12)
