"""How requests read: on PostgreSQL statement by statement, and with what the driver has prepared before."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.web.database import patient_session, read_session

PREPARED = sa.text("SELECT count(*) FROM pg_prepared_statements")
OFTEN_ENOUGH = 8  # the driver prepares what it is asked for more than five times


@pytest.fixture
def on_postgresql(engine):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite keeps compiled statements whatever ends a transaction")


def test_a_page_that_is_read_again_finds_its_statements_prepared(on_postgresql, app, client):
    for _ in range(OFTEN_ENOUGH):
        assert client.get("/impact").status_code == 200
    with app.app_context():
        assert read_session().scalar(PREPARED) > 0


def test_nothing_is_left_open_between_two_statements_of_a_page(on_postgresql, app):
    with app.app_context():
        read_session().execute(sa.text("SELECT 1"))
        assert is_in_transaction(read_session()) is False


def test_a_file_is_read_in_one_transaction_and_only_that_may_take_long(on_postgresql, app):
    timeout = sa.text("SHOW statement_timeout")
    with app.app_context():
        assert read_session().scalar(timeout) == "5s"
        session = patient_session(seconds=120)
        assert session.scalar(timeout) == "2min"
        assert is_in_transaction(session) is True
    with app.app_context():
        assert read_session().scalar(timeout) == "5s"
        assert is_in_transaction(read_session()) is False


def is_in_transaction(session) -> bool:
    """Two statements of one transaction see one time; each by itself sees its own."""
    now = sa.text("SELECT now()")
    return session.scalar(now) == session.scalar(now)
