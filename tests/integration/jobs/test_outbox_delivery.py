"""What the worker does with messages, and what it notes about itself."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop import jobs
from shop.kit.clock import utc_now
from shop.queueing import queue_of
from shop.storage.heartbeat import last_beat
from shop.storage.outbox import OutboxMessage, enqueue


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """A delivery that takes `greeting`, fails on `broken`, and never helps with `hopeless`."""
    delivered: list[str] = []

    def deliver(message, at):
        if message.payload.get("broken"):
            raise ConnectionError("no route")
        if message.payload.get("hopeless"):
            raise jobs.PermanentFailure("no such number")
        delivered.append(message.dedupe_key)

    monkeypatch.setattr(jobs, "DELIVERIES", {"greeting": deliver})
    return delivered


def write(unit_of_work, key: str, kind: str = "greeting", **payload: object) -> None:
    unit_of_work.run(lambda session: enqueue(session, kind, payload, dedupe_key=key, now=utc_now()))


def test_one_bad_message_does_not_stop_the_others(app, unit_of_work, sent, engine):
    write(unit_of_work, "a")
    write(unit_of_work, "b", broken=True)
    write(unit_of_work, "c", hopeless=True)
    write(unit_of_work, "d", kind="unknown")
    write(unit_of_work, "e")
    with app.app_context():
        assert jobs.run_job("outbox") == 2
        assert jobs.run_job("outbox") == 0
    assert sent == ["a", "e"]
    with Session(engine) as session:
        messages = {row.dedupe_key: row for row in session.scalars(sa.select(OutboxMessage))}
    assert messages["a"].sent_at is not None
    assert messages["b"].failed_at is None
    assert messages["b"].last_error == "ConnectionError: no route"
    assert messages["c"].failed_at is not None
    assert messages["d"].failed_at is not None


def test_the_worker_is_seen(app, client, engine):
    with app.app_context():
        jobs.run_job("heartbeat")
    with Session(engine) as session:
        assert last_beat(session, jobs.WORKER) is not None
    assert client.get("/readyz").json["worker"] == "ok"


def test_every_job_has_a_name_of_its_own_and_a_place_in_the_queue(app):
    names = [job.name for job in jobs.JOBS]
    assert len(names) == len(set(names))
    queue = queue_of(app)
    assert len(queue._registry.periodic_tasks) == len(names)
