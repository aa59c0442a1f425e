"""Engines for the two databases: SQLite in one file, and PostgreSQL through psycopg."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.orm import Session

LOCK_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 5

# The execution option that makes a transaction on SQLite take the write lock at its beginning.
# Read-then-write in a deferred transaction fails at once when another writer came between, whatever the timeout.
WRITES = "shop_writes"

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # In WAL mode NORMAL survives a killed process; a power cut may take the last commits, never the file.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {LOCK_TIMEOUT_SECONDS * 1000}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8000",
    "PRAGMA journal_size_limit = 67108864",
)


def engine_options(url: str | URL) -> dict[str, Any]:
    """Keyword arguments of `sqlalchemy.create_engine` for this database."""
    parsed = make_url(url)
    pool = {"pool_size": 10, "max_overflow": 20, "pool_timeout": LOCK_TIMEOUT_SECONDS}
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        return pool | {"connect_args": {"check_same_thread": False}}
    return pool | {
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": 3,
            "options": " ".join(
                f"-c {name}={value}"
                for name, value in {
                    "lock_timeout": LOCK_TIMEOUT_SECONDS * 1000,
                    "statement_timeout": STATEMENT_TIMEOUT_SECONDS * 1000,
                    "idle_in_transaction_session_timeout": 60_000,
                    "timezone": "UTC",
                    # Disks without arms: reading here and there costs no more than reading on.
                    "random_page_cost": 1.1,
                }.items()
            ),
        },
    }


def prepare_engine(engine: Engine) -> None:
    """Give every SQLite connection our pragmas and begin its transactions ourselves."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "connect", _on_sqlite_connect):
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)


def statement_by_statement(engine: Engine) -> Engine:
    """The same database for reading without a transaction around what is read.

    PostgreSQL shows each statement what is committed by then in either way. A transaction would cost two more ways to
    the server, and its ROLLBACK would make the driver forget every statement that it has prepared. On SQLite a
    transaction costs nothing, and what is read in one is of one moment.
    """
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return engine


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver's own BEGIN comes too late (only before a write), so it is switched off.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    options: Mapping[str, Any] = connection.get_execution_options()
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITES) else "BEGIN")


def allow_long_statements(session: Session, *, seconds: int) -> None:
    """Let this transaction's statements on PostgreSQL run longer: for exports and the worker's sums."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"SET LOCAL statement_timeout = {int(seconds) * 1000}"))
