"""One order of locks for everybody."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from shop.storage.locks import LockOrderError, LockRank, lock_rows, note_lock
from shop.storage.outbox import OutboxMessage, enqueue

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_rows_are_locked_by_id_and_returned_fresh(session):
    for key in "cab":
        enqueue(session, "mail", {}, dedupe_key=key, now=NOW)
    session.flush()
    rows = lock_rows(session, LockRank.LOT, sa.select(OutboxMessage).order_by(OutboxMessage.dedupe_key))
    assert [row.id for row in rows] == sorted(row.id for row in rows)


def test_a_lower_rank_after_a_higher_is_refused(session):
    note_lock(session, LockRank.LOT)
    note_lock(session, LockRank.LOT)
    note_lock(session, LockRank.LEDGER_ACCOUNT)
    with pytest.raises(LockOrderError, match="ORDER is locked after LEDGER_ACCOUNT"):
        note_lock(session, LockRank.ORDER)


def test_the_next_transaction_begins_from_the_lowest_rank(session):
    note_lock(session, LockRank.LEDGER_ACCOUNT)
    session.commit()
    note_lock(session, LockRank.ORDER)
