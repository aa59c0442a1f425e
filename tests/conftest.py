"""Fixtures that every test may use.

A test that asks for `database_url`, `app`, `client`, `unit_of_work` or `session` runs once on SQLite and once on
PostgreSQL, each time on its own copy of the migrated schema.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from shop import create_app
from shop.extensions import db
from shop.extensions import unit_of_work as unit_of_work_of
from shop.settings import Settings
from shop.storage.database import WRITES
from shop.storage.unit_of_work import UnitOfWork
from tests.databases import BACKENDS, POSTGRES, REDIS, PostgresTemplate, SqliteTemplate, testing_settings
from tests.kept import keep_what_can_be_kept
from tests.one_parser import parse_undisturbed

keep_what_can_be_kept()
parse_undisturbed()
# What an example takes by the clock says more of the machine than of the shop.
hypothesis.settings.register_profile("shop", deadline=None)
hypothesis.settings.load_profile("shop")

pytest_plugins = ["tests.browser.live", "tests.demo_shop", "tests.whole_shop"]


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not look through it again and again.

    Nor need it look after every few hundred objects of a test: that takes a tenth of the time of all.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresTemplate]:
    if not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    template = PostgresTemplate(tmp_path_factory.mktemp("postgres-template"), POSTGRES)
    yield template
    template.drop()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`; a test that asks for it, directly or not, runs on both."""
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    return request.param


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, migrated and empty."""
    name = "sqlite_template" if backend == "sqlite" else "postgres_template"
    with request.getfixturevalue(name).copy(tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Override this fixture in a test module to change settings: `replace(testing_settings(...), …)`."""
    return testing_settings(tmp_path, database_url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script: it sends the shop's own origin with each unsafe request."""
    return OwnOriginClient(app, app.response_class, use_cookies=True)


@pytest.fixture
def engine(app: Flask) -> Engine:
    with app.app_context():
        return db.engine


@pytest.fixture
def unit_of_work(app: Flask) -> UnitOfWork:
    """The application's own way to write, with every reaction."""
    with app.app_context():
        return unit_of_work_of()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A plain session on the migrated schema; a test may flush or commit it. Reactions do not run here."""
    with Session(engine.execution_options(**{WRITES: True}), expire_on_commit=False) as open_session:
        yield open_session


@pytest.fixture
def redis_url() -> str:
    if not REDIS:
        pytest.skip("TEST_REDIS_URL is not set")
    return REDIS


class OwnOriginClient(FlaskClient):
    def open(self, *args, **kwargs):
        if kwargs.get("method", "GET") not in {"GET", "HEAD", "OPTIONS"}:
            headers = dict(kwargs.pop("headers", None) or {})
            headers.setdefault("Origin", self.application.extensions["shop.settings"].public_origin)
            kwargs["headers"] = headers
        return super().open(*args, **kwargs)
