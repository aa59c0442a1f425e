"""Commits that do not wait for the disk: no test outlives its machine, so nothing is there to be lost."""

from __future__ import annotations

from shop.storage import database


def keep_from_waiting_for_the_disk() -> None:
    """The last connection of a test's file writes its log back and waits for the disk: many thousand times a run.

    A killed process loses nothing in either way. PostgreSQL's copies say the same for themselves, in tests.databases.
    """
    name, waits, not_at_all = "PRAGMA synchronous = ", "NORMAL", "OFF"
    pragmas = database._SQLITE_PRAGMAS
    assert name + waits in pragmas
    database._SQLITE_PRAGMAS = tuple(one.replace(name + waits, name + not_at_all) for one in pragmas)
