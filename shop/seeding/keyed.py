"""Rows found by their natural key: made when absent, changed only where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.storage.base import Base

Row = TypeVar("Row", bound=Base)


class Keyed(Generic[Row]):
    """All rows of one table, by one column or several.

    The tables of a seed file are small, so they are read once; `put` then costs no query.
    """

    def __init__(self, session: Session, model: type[Row], *key: str) -> None:
        self._session = session
        self._model = model
        self._key = key
        self._rows = {self._key_of(row): row for row in session.scalars(sa.select(model))}

    def put(self, **values: Any) -> Row:
        """The row with this key, as `values` say."""
        row = self.find(*(values[name] for name in self._key))
        if row is None:
            return self.add(self._model(**values))
        for name, value in values.items():
            if getattr(row, name) != value:
                setattr(row, name, value)
        return row

    def add(self, row: Row) -> Row:
        self._session.add(row)
        self._rows[self._key_of(row)] = row
        return row

    def find(self, *key: Any) -> Row | None:
        return self._rows.get(key)

    def __getitem__(self, key: Any) -> Row:
        return self._rows[key if isinstance(key, tuple) else (key,)]

    def all(self) -> Iterable[Row]:
        return self._rows.values()

    def _key_of(self, row: Row) -> tuple[Any, ...]:
        return tuple(getattr(row, name) for name in self._key)


def ids_by(session: Session, model: type[Base], column: str) -> dict[str, int]:
    """The id of each row by the text in one unique column."""
    attributes: Any = model
    rows = session.execute(sa.select(getattr(attributes, column), attributes.id))
    return {row[0]: row[1] for row in rows}
