"""Rows gathered in memory and written many at a time, each with an id known beforehand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.storage.base import Base
from shop.storage.bulk import insert_many

BATCH = 2000
Model = type[Base]


class Rows:
    """Gives out ids and keeps rows until `write`. Tables are written in the order of their foreign keys."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next_id: dict[Model, int] = {}
        self._new: dict[Model, list[dict[str, Any]]] = defaultdict(list)
        self._changed: dict[Model, list[dict[str, Any]]] = defaultdict(list)

    def add(self, model: Model, **values: Any) -> int:
        """Keep a row of a table that has an integer id; returns that id."""
        row_id = self.take_id(model)
        self.put(model, id=row_id, **values)
        return row_id

    def put(self, model: Model, **values: Any) -> None:
        """Keep a row whose key is among its columns."""
        self._new[model].append(values)

    def change(self, model: Model, row_id: int, **values: Any) -> None:
        """Change a row by its id at the next `write`."""
        self._changed[model].append({"of_id": row_id, **values})

    def write(self) -> None:
        """Rows of one model that name the same columns go out together; what they leave out gets its default."""
        connection = self._session.connection()
        for model in sorted(self._new, key=_place_in_schema):
            for batch in _batches(self._new[model]):
                insert_many(connection, _table(model), batch)
        for model, changes in self._changed.items():
            table = _table(model)
            for batch in _batches(changes):
                values: dict[str, Any] = {name: sa.bindparam(name) for name in batch[0] if name != "of_id"}
                update = sa.update(table).where(table.c.id == sa.bindparam("of_id")).values(values)
                connection.execute(update, batch)
        self._new.clear()
        self._changed.clear()

    def catch_up_sequences(self) -> None:
        """PostgreSQL's sequences do not see ids that were given; SQLite needs nothing."""
        if self._session.get_bind().dialect.name != "postgresql":
            return
        for model, next_id in self._next_id.items():
            sequence = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
            self._session.execute(sa.select(sa.func.setval(sequence, next_id - 1)))

    def take_id(self, model: Model) -> int:
        if model not in self._next_id:
            newest = self._session.scalar(sa.select(sa.func.max(model.__table__.c.id)))
            self._next_id[model] = int(newest or 0) + 1
        taken = self._next_id[model]
        self._next_id[model] = taken + 1
        return taken


def _table(model: Model) -> sa.Table:
    return cast(sa.Table, model.__table__)


def _place_in_schema(model: Model) -> int:
    return _schema_order()[model.__tablename__]


@cache
def _schema_order() -> dict[str, int]:
    """A table's place when every table comes after those that it refers to."""
    return {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}


def _batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows with the same columns, at most so many."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        alike[tuple(row)].append(row)
    for group in alike.values():
        for start in range(0, len(group), BATCH):
            yield group[start : start + BATCH]
