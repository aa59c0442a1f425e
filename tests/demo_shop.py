"""Fixtures: the seeded shop with some months of made-up orders, made once for each backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from shop import create_app
from shop.demo.play import play
from shop.extensions import db, unit_of_work
from shop.kit.clock import utc_now
from shop.seeding.loading import load_seed
from tests.databases import POSTGRES, PostgresTemplate, SqliteTemplate, testing_settings
from tests.factories.seeds import SEED_FILE

ORDERS = 400
DAYS = 150
Template = SqliteTemplate | PostgresTemplate


@contextmanager
def _filled(empty: Template, folder: Path, *, orders: int) -> Iterator[Template]:
    with empty.copy(folder) as url:
        app = create_app(testing_settings(folder, url))
        with app.app_context():
            load_seed(unit_of_work(), SEED_FILE, now=utc_now(), demo=True)
            if orders:
                unit_of_work().run(lambda session: play_some(session, orders=orders))
            db.session.remove()
            db.engine.dispose()
        yield empty.refilled(url)


def play_some(session: Session, *, orders: int = ORDERS, seed: int = 7, households: int = 0):
    return play(session, orders=orders, households=households, days=DAYS, seed=seed, now=utc_now())


@contextmanager
def _open(template: Template, folder: Path) -> Iterator[Flask]:
    with template.copy(folder) as url:
        app = create_app(testing_settings(folder, url))
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _template(request: pytest.FixtureRequest, backend: str) -> Template:
    return request.getfixturevalue("sqlite_template" if backend == "sqlite" else "postgres_template")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def demo_backend(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql" and not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    return request.param


@pytest.fixture(scope="session")
def seeded_template(
    demo_backend: str, request: pytest.FixtureRequest, tmp_path_factory
) -> Iterator[Template]:
    folder = tmp_path_factory.mktemp(f"seeded-{demo_backend}")
    with _filled(_template(request, demo_backend), folder, orders=0) as template:
        yield template


@pytest.fixture(scope="session")
def demo_template(demo_backend: str, request: pytest.FixtureRequest, tmp_path_factory) -> Iterator[Template]:
    folder = tmp_path_factory.mktemp(f"demo-{demo_backend}")
    with _filled(_template(request, demo_backend), folder, orders=ORDERS) as template:
        yield template


@pytest.fixture
def seeded_app(seeded_template: Template, tmp_path: Path) -> Iterator[Flask]:
    """The shop as it is seeded, for this test alone."""
    with _open(seeded_template, tmp_path) as app:
        yield app


@pytest.fixture(scope="module")
def demo_app(demo_template: Template, tmp_path_factory) -> Iterator[Flask]:
    """The shop after some months; the tests of a module share it and only read."""
    with _open(demo_template, tmp_path_factory.mktemp("demo-copy")) as app:
        yield app


@pytest.fixture
def demo_session(demo_app: Flask) -> Iterator[Session]:
    """For reading in the shared shop; whatever is written is rolled back."""
    with demo_app.app_context(), Session(db.engine) as session:
        yield session
        session.rollback()
