"""The books as finance reads them: months, and one account line by line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, Village
from shop.kit.clock import day_range
from shop.kit.text import form_number, tidy
from shop.ledger.account_codes import account_codes
from shop.ledger.entry_view import WHOSE_EN, WHOSE_ZH
from shop.ledger.models import Account, ClosedMonth, EntryKind, JournalEntry, Posting
from shop.ledger.months import month_after, month_start
from shop.ledger.receipt_booking import line_of
from shop.ordering.models import Order
from shop.storage.expressions import shanghai_month
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class MonthRow:
    """Figures of a Shanghai month; `closed_at` is None while it is open."""

    month: date
    entries: int
    turnover_fen: int
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True)
class AccountLine:
    """One entry on one account for one household or village; debit is positive, the balance is after it."""

    entry_id: int
    posted_at: datetime
    kind: EntryKind
    order_number: str | None
    whose_zh: str
    whose_en: str
    amount_fen: int
    balance_fen: int
    reference: str = ""

    @property
    def receipt_id(self) -> int | None:
        """The line of a bank statement that it is about."""
        return line_of(self.reference)


@dataclass(frozen=True)
class AccountAsked:
    """Whole Shanghai days, and an entry's number, or a part of a name, an order's number or a reference."""

    account: Account
    first: date
    last: date
    text: str = ""


@dataclass(frozen=True)
class AccountFigures:
    """Fen: what stood before the first day, what came on each side, what stands after the last.

    Asked with a text, of the entries that match it alone: then the ends are no balances of the account.
    """

    opening_fen: int
    debit_fen: int
    credit_fen: int

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + self.debit_fen - self.credit_fen


def list_months(session: Session) -> list[MonthRow]:
    """Every month in which anything was posted, the newest first. Closed ones say what they were closed with."""
    by = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    frozen = sa.select(
        ClosedMonth.month, ClosedMonth.entries, ClosedMonth.turnover_fen, ClosedMonth.closed_at, by
    )
    rows = session.execute(frozen.outerjoin(User, User.id == ClosedMonth.closed_by_id)).all()
    closed = [MonthRow(*row) for row in rows]
    newest = max((row.month for row in closed), default=None)
    return sorted([*_open_months(session, newest), *closed], key=lambda row: row.month, reverse=True)


def _open_months(session: Session, closed: date | None) -> list[MonthRow]:
    month = shanghai_month(JournalEntry.posted_at)
    debit = sa.case((Posting.amount_fen > 0, Posting.amount_fen), else_=0)
    statement = (
        sa.select(
            month,
            sa.func.count(sa.distinct(JournalEntry.id)),
            sa.cast(sa.func.sum(debit), sa.BigInteger),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(month)
    )
    if closed is not None:
        statement = statement.where(JournalEntry.posted_at >= month_start(month_after(closed)))
    return [MonthRow(_day(day), count, fen, None, "") for day, count, fen in session.execute(statement)]


def account_balances(session: Session) -> dict[Account, int]:
    """What stands on each account that was ever used, in the order of their codes; debit is positive."""
    fen = sa.cast(sa.func.sum(Posting.amount_fen), sa.BigInteger)
    rows = session.execute(sa.select(Posting.account, fen).group_by(Posting.account))
    balances = dict(rows.all())
    return {account: balances[account] for account in account_codes(session) if account in balances}


def account_figures(session: Session, asked: AccountAsked) -> AccountFigures:
    start, end = day_range(asked.first, asked.last)
    within = JournalEntry.posted_at >= start
    debit = sa.case((sa.and_(within, Posting.amount_fen > 0), Posting.amount_fen), else_=0)
    credit = sa.case((sa.and_(within, Posting.amount_fen < 0), -Posting.amount_fen), else_=0)
    before = sa.case((within, 0), else_=Posting.amount_fen)
    sums = [sa.func.coalesce(sa.func.sum(column), 0) for column in (before, debit, credit)]
    row = session.execute(
        _joined(sa.select(*sums)).where(JournalEntry.posted_at < end, *_conditions(asked))
    ).one()
    return AccountFigures(*map(int, row))


def account_lines(
    session: Session, asked: AccountAsked, opening_fen: int, *, page: int = 1
) -> Page[AccountLine]:
    """In the order of posting, each with the balance after it."""
    start, end = day_range(asked.first, asked.last)
    amount, place = sa.func.sum(Posting.amount_fen), sa.func.min(Posting.id)
    balance = sa.func.sum(amount).over(order_by=(JournalEntry.posted_at, JournalEntry.id, place))
    head: tuple[Any, ...] = (
        *(JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, JournalEntry.reference, Order.number),
    )
    sums = (sa.cast(amount, sa.BigInteger), sa.cast(balance, sa.BigInteger), place)
    moved = (
        _joined(sa.select(*head, WHOSE_ZH.label("zh"), WHOSE_EN.label("en"), *sums))
        .where(JournalEntry.posted_at >= start, JournalEntry.posted_at < end, *_conditions(asked))
        .group_by(*head, WHOSE_ZH, WHOSE_EN, Posting.household_id, Posting.village_id)
        .subquery()
    )
    *shown, placed = moved.c
    statement = sa.select(*shown).order_by(moved.c.posted_at, moved.c.id, placed)
    return read_page(session, statement, number=page).map(lambda row: _line(row, opening_fen))


def _line(row: Any, opening_fen: int) -> AccountLine:
    entry_id, posted_at, kind, reference, number, zh, en, amount_fen, moved_fen = row
    balance_fen = opening_fen + moved_fen
    return AccountLine(entry_id, posted_at, kind, number, zh, en, amount_fen, balance_fen, reference)


def _joined(statement: sa.Select[Any]) -> sa.Select[Any]:
    return (
        statement.select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .outerjoin(Household, Household.id == Posting.household_id)
        .outerjoin(Village, Village.id == Posting.village_id)
    )


def _conditions(asked: AccountAsked) -> list[sa.ColumnElement[bool]]:
    of_account: sa.ColumnElement[bool] = Posting.account == asked.account
    wanted = tidy(asked.text)
    if not wanted:
        return [of_account]
    places = (Household.alias_zh, Household.alias_en, Village.name_zh, Village.name_en)
    named = [place.icontains(wanted, autoescape=True) for place in places]
    known = [
        Order.number.contains(wanted.upper(), autoescape=True),
        JournalEntry.reference.contains(wanted.lower(), autoescape=True),
    ]
    return [of_account, sa.or_(*named, *known, *_numbered(wanted))]


def _numbered(wanted: str) -> list[sa.ColumnElement[bool]]:
    """Digits may be the number of an entry."""
    number = form_number(wanted)
    return [] if number is None else [JournalEntry.id == number]


def _day(value: Any) -> date:
    """SQLite's date functions answer text."""
    return value if isinstance(value, date) else date.fromisoformat(value)
