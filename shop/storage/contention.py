"""Telling a lost race, which is worth another try, from a mistake and from a database that is away."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_POSTGRES_LOST_RACES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock not available within lock_timeout
    }
)
_POSTGRES_UNIQUE_VIOLATION = "23505"
_POSTGRES_AWAY = frozenset(
    {
        "57014",  # statement timeout
        "57P01",  # shut down by an administrator
        "57P02",  # crashed
        "57P03",  # starting up
        "53300",  # too many connections
    }
)
_SQLITE_LOST_RACES = ("database is locked", "database table is locked", "database is busy")


def _sqlstate(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def is_lost_race(error: BaseException) -> bool:
    """Serialization failure, deadlock, lock timeout, or SQLite's "locked"."""
    if not isinstance(error, DBAPIError):
        return False
    return _sqlstate(error) in _POSTGRES_LOST_RACES or any(
        sentence in str(error.orig) for sentence in _SQLITE_LOST_RACES
    )


def is_duplicate(error: BaseException) -> bool:
    """Another transaction wrote the same unique key first: a second try finds its row and takes the other branch."""
    return isinstance(error, IntegrityError) and (
        _sqlstate(error) == _POSTGRES_UNIQUE_VIOLATION or "UNIQUE constraint failed" in str(error.orig)
    )


def is_away(error: BaseException) -> bool:
    """The database cannot be reached, is restarting, is too slow or has no connection free."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    sqlstate = _sqlstate(error)
    return (
        error.connection_invalidated
        or sqlstate in _POSTGRES_AWAY
        or sqlstate.startswith("08")
        or (not sqlstate and type(error.orig).__module__.startswith("psycopg") and _is_operational(error))
    )


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"}
