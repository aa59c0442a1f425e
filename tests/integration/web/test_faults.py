"""What a visitor sees while the database or Redis is away or slow."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop import create_app
from shop.kit.clock import utc_now
from shop.kit.errors import Unavailable
from shop.storage.heartbeat import beat
from shop.web.publicness import public_view
from tests.databases import testing_settings as settings_for

NOBODY_LISTENS = 1


@pytest.fixture
def orphan(tmp_path):
    """A shop whose database and Redis cannot be reached."""
    url = f"postgresql+psycopg://shop@127.0.0.1:{NOBODY_LISTENS}/shop"
    return create_app(replace(settings_for(tmp_path, url), redis_url=f"redis://127.0.0.1:{NOBODY_LISTENS}/0"))


def test_a_shop_starts_without_its_database_and_says_so_politely(orphan):
    client = orphan.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    for path in ("/", "/products", "/cart", "/impact"):
        response = client.get(path)
        assert response.status_code == 503, path
        assert response.headers["Retry-After"]
        assert b"<html" in response.data
        assert b"Traceback" not in response.data


def test_a_connection_that_the_database_dropped_is_replaced(engine, unit_of_work, client):
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server that could drop a connection")
    unit_of_work.run(lambda session: beat(session, "worker", now=utc_now()))
    assert client.get("/readyz").status_code == 200
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    assert client.get("/readyz").status_code == 200
    unit_of_work.run(lambda session: beat(session, "worker", now=utc_now()))


@pytest.mark.slow
def test_a_row_that_stays_locked_is_given_up_after_five_seconds(engine, unit_of_work, session):
    unit_of_work.run(lambda own: beat(own, "worker", now=utc_now()))
    beat(session, "worker", now=utc_now())
    session.flush()
    with pytest.raises(Unavailable):
        unit_of_work.run(lambda own: beat(own, "worker", now=utc_now()))
    session.rollback()
    with Session(engine) as reading:
        assert reading.scalar(sa.text("SELECT count(*) FROM heartbeats")) == 1


def test_a_mistake_while_showing_a_mistake_still_gives_plain_words(app, monkeypatch):
    @app.get("/t/mistake")
    @public_view
    def mistake() -> str:
        raise ZeroDivisionError

    monkeypatch.delitem(app.jinja_env.globals, "static_url")
    app.jinja_env.cache.clear()
    response = app.test_client().get("/t/mistake")
    assert response.status_code == 500
    assert "请稍后再试" in response.get_data(as_text=True)
