"""The one way to write: answers events, commits once, tries again after a lost race."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from shop.kit.errors import Unavailable
from shop.storage import unit_of_work as module
from shop.storage.event_log import record
from shop.storage.heartbeat import Heartbeat, beat, last_beat
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.without_locks import goes_wrong, without_locks

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    name: str


def test_what_the_work_wrote_is_committed_and_its_result_returned(engine):
    def work(session: Session) -> str:
        beat(session, "worker", now=NOW)
        return "done"

    assert UnitOfWork(engine, {}).run(work) == "done"
    with Session(engine) as session:
        assert last_beat(session, "worker") == NOW


def test_events_are_answered_in_order_also_those_that_answers_record(engine):
    heard = []

    def first(session, event):
        heard.append(("first", event.name))
        if event.name == "a":
            record(session, Told("c"))

    def second(session, event):
        heard.append(("second", event.name))

    def work(session):
        record(session, Told("a"))
        record(session, Told("b"))

    UnitOfWork(engine, {Told: (first, second)}).run(work)
    assert heard == [
        ("first", "a"), ("second", "a"), ("first", "b"), ("second", "b"), ("first", "c"), ("second", "c"),
    ]  # fmt: skip


def test_an_error_in_a_reaction_undoes_the_work(engine):
    def refuse(session, event):
        raise ValueError("no")

    def work(session):
        beat(session, "worker", now=NOW)
        record(session, Told("a"))

    with pytest.raises(ValueError, match="no"):
        UnitOfWork(engine, {Told: (refuse,)}).run(work)
    with Session(engine) as session:
        assert last_beat(session, "worker") is None


def test_a_lost_race_is_run_again_and_its_events_are_not_answered_twice(engine):
    heard, tries = [], []

    def work(session):
        tries.append(1)
        record(session, Told("once"))
        if len(tries) < 3:
            raise OperationalError("statement", {}, Exception("database is locked"))

    UnitOfWork(engine, {Told: (lambda session, event: heard.append(event.name),)}).run(work)
    assert len(tries) == 3
    assert heard == ["once"]


def test_a_race_that_is_lost_for_ever_ends_as_unavailable(engine, monkeypatch):
    monkeypatch.setattr(module, "MAX_ATTEMPTS", 3)
    tries = []

    def work(session):
        tries.append(1)
        raise OperationalError("statement", {}, Exception("database is locked"))

    with pytest.raises(Unavailable):
        UnitOfWork(engine, {}).run(work)
    assert len(tries) == 3


def test_a_duplicate_key_gets_a_second_look_and_then_is_an_error(engine):
    tries = []

    def work(session):
        tries.append(1)
        session.execute(sa.insert(Heartbeat), [{"name": "twice", "at": NOW}, {"name": "twice", "at": NOW}])

    with pytest.raises(IntegrityError):
        UnitOfWork(engine, {}).run(work)
    assert len(tries) == module.MAX_ATTEMPTS_AT_A_DUPLICATE


def twenty_four_threads_count(unit: UnitOfWork) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    unit.run(lambda session: beat(session, "counter", now=start))

    def add_one(session: Session) -> None:
        row = session.scalars(sa.select(Heartbeat).where(Heartbeat.name == "counter").with_for_update()).one()
        row.at = row.at.replace(microsecond=row.at.microsecond + 1)

    threads = [threading.Thread(target=unit.run, args=(add_one,)) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unit.run(lambda session: last_beat(session, "counter")) == start.replace(microsecond=24)


@pytest.mark.race(twin="test_without_locks_a_counter_loses_counts")
def test_a_counter_read_and_written_by_many_threads_loses_nothing(engine):
    """Without the write lock from the beginning (SQLite) or the row lock (PostgreSQL) this would lose counts."""
    twenty_four_threads_count(UnitOfWork(engine, {}))


def test_without_locks_a_counter_loses_counts(engine):
    assert goes_wrong(partial(twenty_four_threads_count, without_locks(UnitOfWork(engine, {}))))
