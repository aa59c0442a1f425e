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
