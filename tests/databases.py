"""Databases for tests: one template a backend is migrated once a process, each test gets a copy."""

from __future__ import annotations

import atexit
import copy
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import URL, Engine, make_url

from shop import create_app
from shop.cli.migrating import migrate_to_newest
from shop.extensions import db
from shop.settings import Environment, Settings
from shop.storage.database import engine_options, prepare_engine

POSTGRES = os.environ.get("TEST_POSTGRES_URL")
REDIS = os.environ.get("TEST_REDIS_URL")
BACKENDS = ("sqlite", "postgresql")


def testing_settings(folder: Path, database_url: str, **overrides: object) -> Settings:
    """Of an instance in this folder; all instances of a process publish their static files in one place."""
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (folder / "static").symlink_to(_static_files())
    base = Settings.from_environ(
        {"SHOP_ENV": "testing", "INSTANCE_PATH": str(folder), "DATABASE_URL": database_url}
    )
    return replace(base, env=Environment.TESTING, **overrides)


@cache
def _static_files() -> Path:
    folder = tempfile.mkdtemp(prefix="shop-static-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def migrate(folder: Path, database_url: str) -> None:
    app = create_app(testing_settings(folder, database_url))
    migrate_to_newest(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def own_engine(url: str | URL) -> Engine:
    """For a test that has no application: nothing is kept open, and SQLite behaves as in the shop."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=engine_options(url)["connect_args"])
    prepare_engine(engine)
    return engine


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
    """A template database for this process, and copies of it.

    A copy costs half a second of waiting for the disk, so a database that a test has left is emptied, in some
    10 ms, for the next one. One whose tables are not the template's any more is dropped. Who empties a database stays
    connected to it: a new connection has to learn all its tables first, and to plan 260 statements, which takes ten
    times as long.
    """

    def __init__(self, folder: Path, server_url: str) -> None:
        self._server = make_url(server_url).set(drivername="postgresql")
        self._name = f"shop_template_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {}", self._name)
        migrate(folder, self._url(self._name))
        with self._connected(self._name) as connection:
            self._tables = connection.execute(_TABLES).fetchone()
            self._first_rows = connection.execute("SELECT * FROM audit_head").fetchall()
        self._to_be_used_again: list[str] = []
        self._cleaners: dict[str, psycopg.Connection] = {}
        self._is_empty = True

    @contextmanager
    def copy(self, _folder: Path) -> Iterator[str]:
        name = self._to_be_used_again.pop() if self._is_empty and self._to_be_used_again else self._made()
        try:
            yield self._url(name)
        finally:
            if self._is_empty and self._emptied(name):
                self._to_be_used_again.append(name)
            else:
                self._drop(name)

    def refilled(self, url: str) -> PostgresTemplate:
        """A further template: a copy that a test has filled and closed."""
        template = copy.copy(self)
        template._name, template._is_empty = make_url(url).database or "", False
        self._send_cleaner_home(template._name)  # of a database with somebody in it there is no copy
        return template

    def drop(self) -> None:
        for name in (*self._to_be_used_again, self._name):
            self._drop(name)

    def _made(self) -> str:
        name = f"shop_test_{uuid.uuid4().hex[:12]}"
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY wal_log", name, self._name)
        # No test outlives its server, so none waits for the disk at every commit.
        self._run("ALTER DATABASE {} SET synchronous_commit = off", name)
        return name

    def _emptied(self, name: str) -> bool:
        """Whether a database is as good as new: without rows and sessions, its numbers beginning at 1 again."""
        for _try in range(2):
            try:
                return self._empty(self._cleaner(name))
            except psycopg.OperationalError:  # a test may have ended the cleaner's connection with all others
                self._send_cleaner_home(name)
            except psycopg.Error:
                return False
        return False

    def _empty(self, cleaner: psycopg.Connection) -> bool:
        with cleaner.transaction():
            cleaner.execute(_END_OTHER_SESSIONS)
            if cleaner.execute(_TABLES).fetchone() != self._tables:
                return False
            cleaner.execute("SELECT pg_temp.make_empty()")
            cleaner.execute(_BEGIN_AT_ONE)
            marks = sql.SQL(", ").join(sql.Placeholder() * len(self._first_rows[0]))
            first = sql.SQL("INSERT INTO audit_head VALUES ({})").format(marks)
            cleaner.cursor().executemany(first, self._first_rows)
        return True

    def _cleaner(self, name: str) -> psycopg.Connection:
        if name not in self._cleaners:
            self._cleaners[name] = self._connected(name)
            self._cleaners[name].execute(_MAKE_CLEANER)
        return self._cleaners[name]

    def _send_cleaner_home(self, name: str) -> None:
        if cleaner := self._cleaners.pop(name, None):
            cleaner.close()

    def _url(self, name: str) -> str:
        url = self._server.set(database=name, drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    def _connected(self, name: str | None = None) -> psycopg.Connection:
        url = self._server.set(database=name) if name else self._server
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)

    def _drop(self, name: str) -> None:
        self._send_cleaner_home(name)
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with self._connected() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


_TABLES = "SELECT count(*), sum(oid::bigint) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_END_OTHER_SESSIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# Without triggers and foreign keys: some tables refuse to lose a row, and the order does not matter. Statements of a
# function are planned once a connection.
_MAKE_CLEANER = """
    SET session_replication_role = replica;
    SET synchronous_commit = off;
    SET lock_timeout = '2s';
    DO $$
    DECLARE deletions text;
    BEGIN
        SELECT string_agg(format('DELETE FROM %I;', tablename), ' ') INTO deletions
            FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version';
        EXECUTE format('CREATE FUNCTION pg_temp.make_empty() RETURNS void LANGUAGE plpgsql AS %L',
            'BEGIN ' || deletions || ' END');
    END $$"""
_BEGIN_AT_ONE = """
    SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence
    WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"""
