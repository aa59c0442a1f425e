"""One page of a long list, and how long the list is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

Item = TypeVar("Item")
Other = TypeVar("Other")

PAGE_SIZE = 50
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`total` counts all pages; `number` begins at 1."""

    items: Sequence[Item]
    total: int
    number: int = 1
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    def map(self, change: Callable[[Item], Other]) -> Page[Other]:
        return Page([change(item) for item in self.items], self.total, self.number, self.size)


def read_page(
    session: Session,
    statement: sa.Select[*tuple[Any, ...]],
    *,
    number: int,
    size: int = PAGE_SIZE,
    scalars: bool = False,
) -> Page[Any]:
    """Two statements: how many rows there are, and those of this page. `scalars`: the first column of each.

    Behind the last page there is nothing: whoever asks for it gets the last.
    """
    counted = statement.order_by(None).with_only_columns(sa.func.count(), maintain_column_froms=True)
    total = session.scalar(counted) or 0
    chosen = min(max(number, 1), LAST_PAGE, max(1, -(-total // size)))
    rows = session.execute(statement.limit(size).offset((chosen - 1) * size))
    return Page(rows.scalars().all() if scalars else rows.all(), total, chosen, size)


@dataclass(frozen=True)
class First(Generic[Item]):
    """The first rows of a list: `total` counts all of it, `added` is what a column of all of it sums up to."""

    items: Sequence[Item]
    total: int
    added: int = 0

    def map(self, change: Callable[[Item], Other]) -> First[Other]:
        return First([change(item) for item in self.items], self.total, self.added)


def read_first(
    session: Session,
    statement: sa.Select[*tuple[Any, ...]],
    *,
    most: int,
    adding: sa.SQLColumnExpression[Any] | None = None,
) -> First[tuple[Any, ...]]:
    """One statement: at most so many rows, how many there are, and the sum of `adding`, a whole number, over all."""
    added = sa.literal(0) if adding is None else sa.cast(sa.func.sum(adding).over(), sa.BigInteger)
    rows = session.execute(statement.add_columns(sa.func.count().over(), added).limit(most)).all()
    total, added_up = rows[0][-2:] if rows else (0, 0)
    return First([tuple(row)[:-2] for row in rows], int(total), int(added_up or 0))
