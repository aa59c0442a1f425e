"""Messages go out at least once, never by two workers at the same time, and not for ever."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.references import secret_token
from shop.storage.outbox import (
    LEASE,
    MAX_ATTEMPTS,
    OutboxMessage,
    claim_due,
    enqueue,
    mark_failed,
    mark_sent,
    revive,
)
from tests.factories.without_locks import goes_wrong, without_locks

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def put(session: Session, key: str = "order-1") -> bool:
    return enqueue(session, "mail", {"order": 1}, dedupe_key=key, now=NOW)


def test_a_message_written_twice_under_one_key_is_there_once(session):
    assert put(session)
    session.flush()
    assert not put(session)
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 1


def test_a_claimed_message_is_not_claimed_again_before_its_lease_ends(session):
    put(session)
    assert [message.payload for message in claim_due(session, now=NOW)] == [{"order": 1}]
    session.flush()
    assert claim_due(session, now=NOW + LEASE / 2) == []
    assert [message.attempt for message in claim_due(session, now=NOW + LEASE)] == [2]


def test_a_sent_message_stays_sent(session):
    put(session)
    (message,) = claim_due(session, now=NOW)
    session.flush()
    mark_sent(session, message.id, now=NOW)
    assert claim_due(session, now=NOW + timedelta(days=1)) == []


def test_failures_pause_longer_and_longer_and_end_as_a_dead_letter_that_can_be_revived(session):
    put(session)
    now, pauses = NOW, []
    for _ in range(MAX_ATTEMPTS):
        (message,) = claim_due(session, now=now)
        mark_failed(session, message.id, "no route", now=now)
        session.flush()
        due = session.get_one(OutboxMessage, message.id).due_at
        pauses.append(due - now)
        now = max(due, now)
    assert pauses[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert session.get_one(OutboxMessage, message.id).failed_at is not None
    assert claim_due(session, now=now + timedelta(days=9)) == []
    revive(session, message.id, now=now)
    session.flush()
    assert len(claim_due(session, now=now)) == 1


def twelve_workers_claim_each_once(unit_of_work):
    unit_of_work.run(lambda session: [put(session, secret_token()) for _ in range(30)])
    claimed: list[int] = []

    def work() -> None:
        found = unit_of_work.run(lambda session: claim_due(session, now=NOW, limit=5))
        claimed.extend(message.id for message in found)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed))


@pytest.mark.race(twin="test_without_the_lock_a_message_is_claimed_by_several")
def test_many_workers_claim_each_message_once(unit_of_work):
    twelve_workers_claim_each_once(unit_of_work)


def test_without_the_lock_a_message_is_claimed_by_several(unit_of_work):
    assert goes_wrong(partial(twelve_workers_claim_each_once, without_locks(unit_of_work)))
