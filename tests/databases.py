"""Databases for tests: one template a backend is migrated once a process, each test gets a copy."""

from __future__ import annotations

import copy
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from shop import create_app
from shop.extensions import db
from shop.settings import Environment, Settings

POSTGRES = os.environ.get("TEST_POSTGRES_URL")
REDIS = os.environ.get("TEST_REDIS_URL")
BACKENDS = ("sqlite", "postgresql")


def testing_settings(folder: Path, database_url: str, **overrides: object) -> Settings:
    base = Settings.from_environ(
        {"SHOP_ENV": "testing", "INSTANCE_PATH": str(folder), "DATABASE_URL": database_url}
    )
    return replace(base, env=Environment.TESTING, **overrides)


def migrate(folder: Path, database_url: str) -> None:
    app = create_app(testing_settings(folder, database_url))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


class SqliteTemplate:
    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"
        migrate(folder, f"sqlite:///{self._file}")
        # A copy of the file must be whole without its write-ahead log.
        for leftover in folder.glob("template.db-*"):
            assert leftover.stat().st_size == 0 or leftover.suffix == ".db-shm", leftover

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        target = folder / "shop.db"
        shutil.copyfile(self._file, target)
        yield f"sqlite:///{target}"

    def refilled(self, url: str) -> SqliteTemplate:
        """A further template: a copy that a test has filled and closed."""
        template = copy.copy(self)
        template._file = Path(make_url(url).database or "")
        return template


class PostgresTemplate:
    """A template database for this process; `CREATE DATABASE … TEMPLATE` copies it in some 30 ms."""

    def __init__(self, folder: Path, server_url: str) -> None:
        self._server = make_url(server_url).set(drivername="postgresql")
        self._name = f"shop_template_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {}", self._name)
        migrate(folder, self._url(self._name))

    @contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        name = f"shop_test_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log", name, self._name)
        try:
            yield self._url(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def refilled(self, url: str) -> PostgresTemplate:
        """A further template: a copy that a test has filled and closed."""
        template = copy.copy(self)
        template._name = make_url(url).database or ""
        return template

    def drop(self) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._name)

    def _url(self, name: str) -> str:
        url = self._server.set(database=name, drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def _run(self, statement: str, *names: str) -> None:
        url = self._server.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
