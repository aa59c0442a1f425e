"""A town: the seeded shop with its people, on a Monday morning, copied for each story."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from shop import create_app, jobs
from shop.extensions import db, unit_of_work
from shop.seeding.loading import load_seed
from tests.databases import PostgresTemplate, SqliteTemplate, testing_settings
from tests.factories.outside_world import OutsideWorld
from tests.factories.seeds import SEED_FILE
from tests.factories.town import MONDAY, Town

Template = SqliteTemplate | PostgresTemplate


@contextmanager
def _seeded(empty: Template, folder: Path) -> Iterator[Template]:
    with empty.copy(folder) as url:
        app = create_app(testing_settings(folder, url))
        with app.app_context(), time_machine.travel(MONDAY):
            load_seed(unit_of_work(), SEED_FILE, now=MONDAY, demo=True)
        _close(app)
        yield empty.refilled(url)


def _close(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def seeded_sqlite(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Template]:
    with _seeded(sqlite_template, tmp_path_factory.mktemp("seeded-sqlite")) as template:
        yield template


@pytest.fixture(scope="session")
def seeded_postgres(
    postgres_template: PostgresTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Template]:
    with _seeded(postgres_template, tmp_path_factory.mktemp("seeded-postgres")) as template:
        yield template


@pytest.fixture
def town(
    backend: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """The seeded shop on each database, with the outside world played by the test."""
    template: Template = request.getfixturevalue(f"seeded_{'sqlite' if backend == 'sqlite' else 'postgres'}")
    with template.copy(tmp_path) as url, time_machine.travel(MONDAY) as clock:
        app = create_app(testing_settings(tmp_path, url))
        outside = OutsideWorld(app)
        monkeypatch.setattr(urllib.request, "urlopen", outside.urlopen)
        monkeypatch.setattr(jobs, "DELIVERIES", outside.deliveries)
        yield Town(app, clock, outside)
        _close(app)
