"""Statements compiled once a process, though nearly every test makes an engine of its own."""

from __future__ import annotations

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

# The shop has some three thousand statements on each database.
_ROOM = 10_000


def keep_compiled_statements() -> None:
    """A third of a test's time goes into writing SQL that the test before it has written already.

    An engine keeps what it compiled by its dialect, which is one of its own; here one dialect is as good as
    another of its kind, and all engines look into one store.
    """
    kept: LRUCache[object, object] = LRUCache(_ROOM)
    Engine._compiled_cache = property(lambda _engine: kept, lambda _engine, _own: None)
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))
    DefaultDialect.__eq__ = _speaks_alike


def _speaks_alike(dialect: DefaultDialect, other: object) -> bool:
    return type(dialect) is type(other) and dialect.server_version_info == other.server_version_info
