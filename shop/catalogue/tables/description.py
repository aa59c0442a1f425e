"""A table of master data, described once: its columns, the rules that judge them, and the function that saves a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet
from shop.accounts.editing.rules import Judge, Values
from shop.catalogue.tables.cells import Cell, Known

MOST_ROWS: Final = 5_000


@dataclass(frozen=True)
class Column:
    """A field by its name here and in both languages, and how it stands in a cell."""

    name: str
    chinese: str
    english: str
    cell: Cell


class Save(Protocol):
    def __call__(
        self, session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
    ) -> int: ...


@dataclass(frozen=True)
class Stored:
    """A row as it is now, its values by field."""

    id: int
    key: str
    values: Mapping[str, Any]


Row = Any


def _nothing_else(session: Session, ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def _no_more_rules(session: Session, record_id: int | None, values: Values) -> None:
    """Most tables have the rules of their sheet only."""


@dataclass(frozen=True)
class MasterTable:
    """The first column is the key, which never changes. `rules` are those of columns that the sheet does not have.

    `refuse` raises InvalidInput for what the rules of single fields cannot see. Without `adds` the table changes rows,
    and makes none.
    """

    name: str
    entity: Any
    sheet: Sheet
    columns: tuple[Column, ...]
    save: Save
    defaults: Mapping[str, Any]
    rules: Mapping[str, Judge]
    refuse: Callable[[Session, int | None, Values], None] = _no_more_rules
    more_values: Callable[[Session, Collection[int]], Mapping[int, Mapping[str, Any]]] = _nothing_else
    fixed: tuple[str, ...] = ()  # said of something new only, as in its form
    adds: bool = True

    @property
    def key(self) -> str:
        return self.columns[0].name

    @property
    def links(self) -> Mapping[str, Any]:
        return self.sheet.links


def known_of(session: Session, table: MasterTable) -> Known:
    """One statement for each table that rows point at."""
    return Known(
        {
            name: dict(session.execute(sa.select(other.slug, other.id).order_by(other.id)).all())
            for name, other in table.links.items()
        }
    )


def stored_rows(session: Session, table: MasterTable, rows: Collection[Row]) -> list[Stored]:
    more = table.more_values(session, [row.id for row in rows])
    return [
        Stored(
            row.id,
            getattr(row, table.key),
            {
                **{column.name: getattr(row, column.name, None) for column in table.columns},
                **more.get(row.id, {}),
            },
        )
        for row in rows
    ]


def written(
    session: Session, table: MasterTable, chosen: sa.Select[Any], *, english: bool
) -> list[list[str]]:
    """The headings and a row for each one chosen, which is a statement of ids; every cell is text."""
    entity, known = table.entity, known_of(session, table)
    rows = session.scalars(sa.select(entity).where(entity.id.in_(chosen)).order_by(entity.id)).all()
    headings = [column.english if english else column.chinese for column in table.columns]
    return [headings, *(cells_of(table, stored, known) for stored in stored_rows(session, table, rows))]


def cells_of(table: MasterTable, stored: Stored, known: Known) -> list[str]:
    return [column.cell.say(stored.values[column.name], known) for column in table.columns]
