"""What a report is: columns with units, one statement, and the range it is asked for.

From this one object come the page, the chart, the CSV, the XLSX and the command: they cannot say different things.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import EARLIEST, LATEST, day_range
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

Row = Sequence[Any]
MAX_DAYS: Final = 3 * 366  # a longer range is a mistake more often than a wish


class Unit(StrEnum):
    """What a cell means, and so how every face writes it."""

    TEXT = "text"
    COUNT = "count"
    FEN = "fen"
    YUAN = "yuan"  # fen as well, for programs that read the column by its bare name
    GRAMS = "grams"
    DAY = "day"
    WEEK = "week"  # its Monday
    MONTH = "month"  # its first day
    MOMENT = "moment"
    SHARE = "share"  # basis points
    ORDER_STATUS = "order_status"
    PRODUCT_STATUS = "product_status"
    RETURN = "return"  # what became of goods that came back
    DELIVERY = "delivery"
    PAYMENT_METHOD = "payment_method"
    TASK_STATUS = "task_status"
    PAYMENT_STATUS = "payment_status"
    REFUND_STATUS = "refund_status"
    BEARER = "bearer"
    REASON = "reason"  # one of the shop's own, or what a person wrote
    PAYOUT_STATUS = "payout_status"
    CLAIM = "claim"  # kind, status or rule
    SERVICE = "service"  # what a conversation is about, or how it stands
    INVOICE = "invoice"  # the state of a request, or the kind of a document
    TAXED = "taxed"  # or exempt
    ACCOUNT = "account"
    ENTRY_KIND = "entry_kind"
    ENTRY_TEXT = "entry_text"  # the kind of an entry, and behind a space what it is about
    MOVEMENT = "movement"  # what kind of bank movement
    MOVEMENT_STATE = "movement_state"  # of one of its entries
    HUB_STEP = "hub_step"  # what the county hub did
    PROVIDER = "provider"  # of payments
    PAID_ELSEWHERE = "paid_elsewhere"  # how, to who collects for a source
    FUNDING = "funding"  # whose money a department spent
    PURCHASE = "purchase"  # how a purchase helped
    PRICE_CHANGE = "price_change"  # why a pack costs something else from then on
    CHANNEL = "channel"  # by which way an order came
    ENTRY = "entry"  # the number of an entry in the books
    ORDER = "order"  # an order's number
    DIFFERENCE = "difference"
    KEY = "key"  # a row's number, which nobody reads


class Place(StrEnum):
    """A page that a cell can lead to."""

    ORDER = "order"
    ENTRY = "entry"
    ACCOUNT = "account"
    RUN = "run"  # of payouts
    STATEMENT = "statement"  # of a household
    INVOICE = "invoice"
    VOUCHER = "voucher"  # what a seller issues when a household was paid
    RECEIPT = "receipt"  # of the bank's statement
    LOT = "lot"


# What these units write is what their page is called by.
_OWN_PLACE: Final = {Unit.ORDER: Place.ORDER, Unit.ENTRY: Place.ENTRY, Unit.ACCOUNT: Place.ACCOUNT}


@dataclass(frozen=True)
class Column:
    """`total` columns are added up in the last row; only what may be added is marked.

    `leads`: pages, each with the column that says which; a cell leads to the first that its row has. `hidden` columns
    are for that alone: they stand behind the others, on no page and in no file.
    """

    key: str
    title: str
    unit: Unit = Unit.TEXT
    total: bool = False
    leads: tuple[tuple[Place, str], ...] = ()
    hidden: bool = False

    @property
    def places(self) -> tuple[tuple[Place, str], ...]:
        own = _OWN_PLACE.get(self.unit)
        return self.leads or (((own, self.key),) if own else ())


def key_column(key: str) -> Column:
    """Says where another cell leads, and by what a report can be narrowed."""
    return Column(key, "", Unit.KEY, hidden=True)


@dataclass(frozen=True)
class Behind:
    """The report whose rows add up to `figures` of this one, and so name their orders; other columns lead there too.

    It is narrowed to what the row says in the columns `by`, which both have, to what its own columns `say`, and to the
    day, week or month of `within`.
    """

    report: str
    figures: tuple[str, ...]
    by: tuple[str, ...] = ()
    within: str = ""
    say: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Span:
    """Whole Shanghai days, the last one included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        for field, day in (("from", self.first), ("to", self.last)):
            if not EARLIEST <= day <= LATEST:
                raise InvalidInput(msg("This day is not in our calendar."), field=field)
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
    """One figure that stands above a report's table; a `ratio` is printed with three decimals, fen as money."""

    title: str
    value: float | None  # None: there is nothing to say it from
    is_ratio: bool = False
    is_fen: bool = False


@dataclass(frozen=True)
class Curve:
    """Shares of income over shares of people, from (0, 0) to (1, 1)."""

    title: str
    points: Sequence[tuple[float, float]]
    gini: float | None  # None: nothing was earned


@dataclass(frozen=True)
class Findings:
    """What a report says besides its rows."""

    facts: Sequence[Fact] = ()
    curves: Sequence[Curve] = ()
    remark: str = ""  # why it says less than it could


class Group(StrEnum):
    """Where a report stands in the list of all."""

    SELLING = "selling"
    ORDERS = "orders"
    VILLAGES = "villages"
    WORK = "work"
    MONEY = "money"


Statement = Callable[[Span, str], sa.Select[Any]]
Finding = Callable[[Session, Span], Findings]


@dataclass(frozen=True)
class Report:
    """`statement(span, language)` selects the columns in their order; language is zh or en.

    `chart` names the label column and the value column of its chart: a line where the label is a day or a month,
    else bars of the first rows.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    statement: Statement
    group: Group
    chart: tuple[str, str] | None = None
    findings: Finding | None = None
    ranged: bool = True  # False: says how things stand now, whatever the range
    at_end: bool = False  # says how things stood at the end of the last day, whatever the first
    finance: bool = False  # only for those who have the finance permission
    note: str | None = None  # by which days it goes, where reports could be taken to differ
    file: Report | None = None  # what leaves the shop instead, where the screen shows more than a file may
    behind: tuple[Behind, ...] = ()  # of a figure the first that has it
    narrows: tuple[tuple[str, str], ...] = ()  # by which columns, each with the one that says it to people

    @property
    def as_file(self) -> Report:
        """What its CSV and XLSX hold."""
        whole = self.file or self
        return replace(whole, columns=whole.shown)

    @property
    def shown(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.hidden)

    def position(self, key: str) -> int:
        return [column.key for column in self.columns].index(key)


def localised(language: str, chinese: Any, english: Any) -> Any:
    """The column in the reader's language."""
    return english if language == "en" else chinese


def sum_fen(expression: Any) -> Any:
    """A sum in fen, 0 for nothing; PostgreSQL adds up to a decimal."""
    return sa.cast(sa.func.coalesce(sa.func.sum(expression), 0), sa.BigInteger)
