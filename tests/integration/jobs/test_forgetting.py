"""What the worker forgets when its time is over, however often it is told to."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from shop import jobs
from shop.inventory.lot_import import stored_name
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.notifications import forgetting
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.letters import compose
from shop.notifications.messages import Message
from shop.storage.media import media_store
from shop.storage.outbox import OutboxMessage, mark_sent

PHONE, EMAIL = "+8613800000000", "lin@example.com"


@pytest.fixture
def run_after(app):
    def _run(job, **delta):
        with app.app_context(), time_machine.travel(utc_now() + timedelta(**delta)):
            return jobs.run_job(job)

    return _run


@pytest.fixture
def sent(unit_of_work):
    """Messages of all three kinds that went out today, one that failed today, and one that waits."""

    def write(session: Session) -> None:
        now = utc_now()
        enqueue_message(
            session, Message.ORDER_CODE, dedupe_key="1", now=now, phone=PHONE, facts={"sealed_code": "x"}
        )
        enqueue_message(session, Message.RESET_PASSWORD, dedupe_key="2", now=now, email=EMAIL, language="zh")
        enqueue_message(session, Message.ORDER_PLACED, dedupe_key="3", now=now, order_id=7)
        enqueue_message(
            session, Message.ORDER_CODE, dedupe_key="4", now=now, phone=PHONE, facts={"sealed_code": "x"}
        )
        enqueue_message(session, Message.RESET_PASSWORD, dedupe_key="5", now=now, email=EMAIL, language="zh")
        session.flush()
        for message in session.scalars(sa.select(OutboxMessage)):
            if message.dedupe_key.endswith(("1", "2", "3")):
                mark_sent(session, message.id, now=now)
            if message.dedupe_key.endswith("4"):
                message.failed_at, message.last_error = now, f"{PHONE} is no number"

    unit_of_work.run(write)


def stored(unit_of_work):
    """What the outbox holds, by key."""
    rows = unit_of_work.run(lambda session: session.scalars(sa.select(OutboxMessage)).all())
    return {row.dedupe_key[-1]: (row.payload, row.last_error) for row in rows}


def test_whom_a_message_reached_is_forgotten_after_a_month_and_the_rest_after_half_a_year(
    unit_of_work, run_after, sent, monkeypatch
):
    monkeypatch.setattr(forgetting, "BATCH", 2)
    assert run_after("forget_messages", days=29) == 0
    assert run_after("forget_messages", days=31) == 3
    kept = stored(unit_of_work)
    assert kept["1"] == kept["4"] == ({"message": "order_code"}, None)
    assert kept["2"] == ({"message": "reset_password", "language": "zh"}, None)
    assert kept["3"][0] == {"message": "order_placed", "order_id": 7}
    assert kept["5"][0]["email"] == EMAIL, "it is still to be sent"
    assert run_after("forget_messages", days=31) == 0
    assert run_after("forget_messages", days=181) == 4
    assert set(stored(unit_of_work)) == {"5"}


def test_a_message_whose_address_is_forgotten_is_written_to_nobody(session):
    for payload in ({"message": "order_code"}, {"message": "reset_password", "language": "zh"}):
        assert compose(session, payload, now=utc_now()) is None


def test_a_table_that_was_sent_in_is_gone_after_a_day(settings, run_after):
    store, name = media_store(settings.media_url), stored_name("a" * 64)
    assert run_after("forget_imports") == 0
    store.write(name, b"a table")
    store.write("originals/photo", b"a photo")
    assert run_after("forget_imports", hours=23) == 0
    assert store.read(name)
    assert run_after("forget_imports", hours=25) == 1
    with pytest.raises(NotFound):
        store.read(name)
    assert store.read("originals/photo")
