"""What a report is: columns with units, one statement, and the range it is asked for.

From this one object come the page, the chart, the CSV, the XLSX and the command: they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import day_range
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

Row = Sequence[Any]
MAX_DAYS = 3 * 366  # a longer range is a mistake more often than a wish


class Unit(StrEnum):
    """What a cell means, and so how every face writes it."""

    TEXT = "text"
    COUNT = "count"
    FEN = "fen"
    GRAMS = "grams"
    DAY = "day"
    MOMENT = "moment"
    SHARE = "share"  # basis points
    ORDER_STATUS = "order_status"
    DELIVERY = "delivery"
    PAYMENT_METHOD = "payment_method"
    TASK_STATUS = "task_status"


@dataclass(frozen=True)
class Column:
    """`total` columns are added up in the last row; only what may be added is marked."""

    key: str
    title: str
    unit: Unit = Unit.TEXT
    total: bool = False


@dataclass(frozen=True)
class Span:
    """Whole Shanghai days, the last one included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise InvalidInput(msg("The last day lies before the first."), field="to")
        if (self.last - self.first).days > MAX_DAYS:
            raise InvalidInput(msg("Please choose at most three years."), field="to")

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Half-open UTC range."""
        return day_range(self.first, self.last)


@dataclass(frozen=True)
class Fact:
    """One figure that stands above a report's table."""

    title: str
    value: int
    unit: Unit


Statement = Callable[[Span, str], sa.Select[Any]]
Facts = Callable[[Session, Span], Iterable[Fact]]


def no_facts(_session: Session, _span: Span) -> Iterable[Fact]:
    return ()


@dataclass(frozen=True)
class Report:
    """`statement(span, language)` selects the columns in their order; language is zh or en.

    `chart` names the label column and the value column of a bar chart of the first rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    statement: Statement
    chart: tuple[str, str] | None = None
    facts: Facts = field(default=no_facts)
    ranged: bool = True  # False: says how things stand now, whatever the range

    def position(self, key: str) -> int:
        return [column.key for column in self.columns].index(key)


def localised(language: str, chinese: Any, english: Any) -> Any:
    """The column in the reader's language."""
    return english if language == "en" else chinese
