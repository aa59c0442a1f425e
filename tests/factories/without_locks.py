"""The locks switched off: what a race's twin runs on, to show that the race can go wrong.

PostgreSQL: `FOR UPDATE` and the locks on names are left out of every statement. SQLite has one lock, its write
transaction, and before it the queue of threads: there each statement is a transaction of its own. A pause follows
each reading in a thread, long enough for the others to read the same. Conditional updates and unique indexes are further
fences; a twin takes those that its race has out of the way itself.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from shop.accounts import audit
from shop.storage import database
from shop.storage.unit_of_work import UnitOfWork
from tests.databases import own_engine

PAUSE_SECONDS = 0.02
LONGER = 2.5  # from try to try: on a machine that is busy the others come late
_pause = SimpleNamespace(seconds=PAUSE_SECONDS)
_numbers_of_the_trail = itertools.count(1_000_000)
_NAME_LOCKS = ("pg_advisory_xact_lock", "pg_advisory_xact_lock_shared")


def without_locks(unit_of_work: UnitOfWork) -> UnitOfWork:
    """The same way to write, with the same reactions, for threads that do not wait for each other."""
    engine = own_engine(unit_of_work._engine.url)
    switch_locks_off(engine)
    unlocked = UnitOfWork(engine, unit_of_work._reactions)
    unlocked._turn = nullcontext()
    return unlocked


def pause_for(seconds: float) -> None:
    """How long a thread waits after a reading, from now on and in this process."""
    _pause.seconds = seconds


def switch_locks_off(engine: Engine) -> None:
    event.listen(engine, "before_execute", _leave_the_lock_out, retval=True)
    event.listen(engine, "after_execute", _let_the_others_read)
    if engine.dialect.name == "sqlite":
        event.remove(engine, "begin", database._on_sqlite_begin)


def drop_unique(unlocked: UnitOfWork, table: str, constraint: str) -> None:
    """Take a unique constraint away; on SQLite the table is written anew without it."""
    with unlocked._engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table(table) as batch:
            batch.drop_constraint(constraint, type_="unique")
        connection.commit()


def goes_wrong(race: Callable[[], object], *, tries: int = 5) -> bool:
    """Whether what the race asserts is ever false; a race that is not lost at once is run again, with longer pauses."""
    for count in range(tries):
        _pause.seconds = PAUSE_SECONDS * LONGER**count
        try:
            race()
        except AssertionError:
            return True
        finally:
            _pause.seconds = PAUSE_SECONDS
    return False


def _leave_the_lock_out(_connection: Connection, statement: Any, many: Any, one: Any, _options: Any) -> Any:
    if isinstance(statement, sa.Select):
        if statement._for_update_arg is not None:
            statement = statement._generate()
            statement._for_update_arg = None
        elif _is_a_lock_on_a_name(statement):
            statement = sa.select(sa.null())
        elif statement is audit._AFTER_THE_LAST:  # who reads the last number on SQLite has the trail's lock
            statement = sa.select(sa.literal(next(_numbers_of_the_trail)))
    return statement, many, one


def _is_a_lock_on_a_name(statement: sa.Select[Any]) -> bool:
    return any(getattr(column, "name", None) in _NAME_LOCKS for column in statement._raw_columns)


def _let_the_others_read(_connection: Connection, statement: Any, *_rest: Any) -> None:
    if isinstance(statement, sa.Select) and threading.current_thread() is not threading.main_thread():
        time.sleep(_pause.seconds)
