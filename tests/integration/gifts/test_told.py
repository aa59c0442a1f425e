"""What a gift's buyer is written: of the gift, once; of its parcels, once a day; of no order by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.notifications.gift_letters import gift_facts
from shop.notifications.gift_reactions import day_of_telling
from shop.notifications.messages import Message
from shop.ordering.models import Order
from shop.storage.outbox import OutboxMessage
from tests.factories.gifts import a_gift, a_list, place, receipt, say, settle, submit, the_joint


def told(trade) -> list[str]:
    """The messages in the outbox to who ordered, or about an order of theirs."""
    messages = sa.select(OutboxMessage).where(OutboxMessage.kind == "message").order_by(OutboxMessage.id)
    found = trade.run(lambda session: session.scalars(messages).all())
    return [one.payload["message"] for one in found if not one.payload["message"].startswith("task")]


def last(trade, message: Message) -> OutboxMessage:
    found = sa.select(OutboxMessage).where(OutboxMessage.dedupe_key.startswith(f"{message}:"))
    return trade.run(lambda session: session.scalars(found.order_by(OutboxMessage.id.desc())).first())


def facts(trade, message: Message):
    payload = last(trade, message).payload
    return trade.run(lambda session: gift_facts(session, message, payload["facts"]))


def order_ids(trade) -> list[int]:
    return trade.run(lambda session: list(session.scalars(sa.select(Order.id).order_by(Order.id))))


@pytest.fixture
def on_account(trade) -> int:
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id)
    place(trade, gift_id)
    return gift_id


def ship(trade, order_id: int) -> None:
    for step in (trade.accept, trade.ready, trade.ship):
        step(order_id)


def test_of_three_orders_one_letter_is_written(trade, on_account):
    assert told(trade) == ["gift_ordered"]
    said = facts(trade, Message.GIFT_ORDERED)
    assert (said["confirmed"], said["total_fen"], said["waits_for_money"]) == (3, 43600, False)


def test_parcels_that_leave_on_one_day_are_told_once_in_the_evening(trade, on_account):
    first, second, third = order_ids(trade)
    ship(trade, first)
    ship(trade, second)
    assert told(trade) == ["gift_ordered", "gift_shipped"]
    said = facts(trade, Message.GIFT_SHIPPED)
    assert (said["left"], said["left_in_all"], said["all_orders"]) == (2, 2, 3)
    trade.now += timedelta(days=1)
    ship(trade, third)
    assert told(trade) == ["gift_ordered", "gift_shipped", "gift_shipped"]
    said = facts(trade, Message.GIFT_SHIPPED)
    assert (said["left"], said["left_in_all"]) == (1, 3)


def test_what_leaves_after_the_evenings_letter_is_told_on_the_next_day(trade, on_account):
    evening = trade.now.replace(hour=10, minute=0, second=0, microsecond=0)
    assert day_of_telling(evening - timedelta(minutes=1)) == evening.date()
    assert day_of_telling(evening) == evening.date() + timedelta(days=1)


def test_nobody_is_asked_to_review_what_others_have_eaten(trade, on_account):
    trade.deliver(order_ids(trade)[0])
    assert "review_invited" not in told(trade)


def test_in_advance_one_letter_says_what_to_transfer_and_one_that_it_came(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    submit(trade, gift_id, hold_days=5)
    place(trade, gift_id)
    assert told(trade) == ["gift_ordered"]
    said = facts(trade, Message.GIFT_ORDERED)
    joint = the_joint(trade, gift_id)
    assert said["waits_for_money"] is True
    assert [(one.reference, one.amount_fen) for one in said["transfers"]] == [(joint.reference, 43600)]
    trade.now += timedelta(minutes=5)
    say(trade, joint.id, [receipt(trade, 43600, joint.reference)])
    settle(trade)
    assert told(trade) == ["gift_ordered", "gift_ordered"]
    assert facts(trade, Message.GIFT_ORDERED)["confirmed"] == 3
