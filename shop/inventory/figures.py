"""Keeping the income figures of households: one row for each household and month.

Changed in the transaction of each hold, commit, release and refund, from the same parts that the ledger posts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from shop.inventory.models import HouseholdMonth
from shop.kit.clock import month_of
from shop.storage.locks import LockRank, note_lock


@dataclass(slots=True)
class Change:
    """By how many fen the figures of one household in one month change."""

    earned_fen: int = 0
    held_fen: int = 0


class FigureChanges:
    """Gathers changes, so that one statement writes them, the rows in one order."""

    def __init__(self) -> None:
        self._changes: dict[tuple[int, date], Change] = {}

    def hold(self, parts: Mapping[int, int], month: date, *, sign: int = 1) -> None:
        for household_id, fen in parts.items():
            self._of(household_id, month).held_fen += sign * fen

    def earn(self, parts: Mapping[int, int], month: date, *, sign: int = 1) -> None:
        for household_id, fen in parts.items():
            self._of(household_id, month).earned_fen += sign * fen

    def write(self, session: Session) -> None:
        """Add the changes to the rows, which are locked by household and month until the commit."""
        rows = [
            {
                "household_id": household_id,
                "month": month,
                "earned_fen": change.earned_fen,
                "held_fen": change.held_fen,
            }
            for (household_id, month), change in sorted(self._changes.items(), key=lambda item: item[0])
            if change.earned_fen or change.held_fen
        ]
        if rows:
            note_lock(session, LockRank.HOUSEHOLD_FIGURES)
            connection = session.connection()
            connection.execute(_ADDED[connection.dialect.name], rows)

    def _of(self, household_id: int, month: date) -> Change:
        return self._changes.setdefault((household_id, month), Change())


def change_earned(session: Session, parts: Mapping[int, int], now: datetime, *, sign: int = 1) -> None:
    """Add fen by household to what was earned in the month of `now`; a reversal has `sign` -1."""
    changes = FigureChanges()
    changes.earn(parts, month_of(now), sign=sign)
    changes.write(session)


def _added(insert: Callable[[Any], Any]) -> sa.Executable:
    table = HouseholdMonth.__table__
    upsert = insert(table)
    statement: sa.Executable = upsert.on_conflict_do_update(
        index_elements=["household_id", "month"],
        set_={name: table.c[name] + upsert.excluded[name] for name in ("earned_fen", "held_fen")},
    )
    return statement


_ADDED: Final = {"postgresql": _added(postgresql_insert), "sqlite": _added(sqlite_insert)}
