"""How the shop is doing at one look: made from the statements of the reports, so that it never says another number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Category
from shop.catalogue.split import Parts
from shop.ledger.impact import PARTS
from shop.ledger.models import COUPON_ACCOUNTS, Account, JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.cells import as_day
from shop.reports.definition import Report, Span, localised
from shop.reports.orders import ORDERS
from shop.reports.origins import OF_SALES, SALES_BY_HOUSEHOLD, SALES_BY_VILLAGE, credited
from shop.reports.periods import period_before, weeks_until, year_before
from shop.reports.running import all_rows, totals
from shop.reports.sales import SALES_BY_CATEGORY, SALES_BY_DAY, SALES_BY_WEEK, confirmed_in
from shop.reports.work import PUNCTUALITY
from shop.storage.expressions import shanghai_week


@dataclass(frozen=True)
class Figures:
    """Amounts in fen. `sold` is after refunds; `paid` before them."""

    sold_fen: int
    paid_fen: int
    household_fen: int
    orders: int
    refunded_orders: int
    households: int  # that earned something
    on_time: int
    late: int


@dataclass(frozen=True)
class Week:
    monday: date
    sold_fen: int
    household_fen: int


@dataclass(frozen=True)
class Line:
    """One category or village, beside the period before; `family` is a category's drawing."""

    name: str
    fen: int
    before_fen: int
    family: str = ""
    orders: int = 0
    household_fen: int = 0


@dataclass(frozen=True)
class Overview:
    """`parts` is where the money went, by the books; `difference_fen` is what orders say more than the books."""

    span: Span
    before: Span | None
    now: Figures
    then: Figures | None
    year_ago: Figures | None  # None where nothing was sold then, or where these are the days before
    weeks: tuple[Week, ...]
    categories: tuple[Line, ...]
    villages: tuple[Line, ...]
    parts: Parts
    borne_fen: int
    coupon_fen: int  # what coupons took off, and so who bears them gave
    difference_fen: int


def read_overview(session: Session, span: Span, language: str) -> Overview:
    before = period_before(span)
    now = _figures(session, span, language)
    parts, borne_fen, coupon_fen = _parts(session, span)
    return Overview(
        span=span,
        before=before,
        now=now,
        then=_figures(session, before, language) if before else None,
        year_ago=_a_year_ago(session, span, before, language),
        weeks=tuple(_weeks(session, span.last, language)),
        categories=tuple(_categories(session, span, before, language)),
        villages=tuple(_villages(session, span, before, language)),
        parts=parts,
        borne_fen=borne_fen,
        coupon_fen=coupon_fen,
        difference_fen=now.sold_fen - (parts.total - borne_fen - coupon_fen),
    )


def _figures(session: Session, span: Span, language: str) -> Figures:
    _, sales = totals(session, SALES_BY_DAY, span, language)
    _, punctual = totals(session, PUNCTUALITY, span, language)
    households, household_fen = _above_zero(session, SALES_BY_HOUSEHOLD, "household_fen", span, language)
    refunded_orders, _ = _above_zero(session, ORDERS, "refunded_fen", span, language)
    return Figures(
        sold_fen=sales["net_fen"],
        paid_fen=sales["paid_fen"],
        household_fen=household_fen,
        orders=sales["orders"],
        refunded_orders=refunded_orders,
        households=households,
        on_time=punctual["on_time"],
        late=punctual["late"],
    )


def _a_year_ago(session: Session, span: Span, before: Span | None, language: str) -> Figures | None:
    earlier = year_before(span)
    if earlier is None or earlier == before:
        return None
    found = _figures(session, earlier, language)
    return found if found.orders else None


def _above_zero(session: Session, report: Report, key: str, span: Span, language: str) -> tuple[int, int]:
    """How many rows of a report have something in this column, and the column's sum."""
    rows = report.statement(span, language).order_by(None).subquery()
    column = list(rows.columns)[report.position(key)]
    count, fen = session.execute(
        sa.select(sa.func.sum(sa.case((column > 0, 1), else_=0)), sa.func.sum(column))
    ).one()
    return int(count or 0), int(fen or 0)


def _weeks(session: Session, last: date, language: str) -> list[Week]:
    mondays = weeks_until(last)
    span = Span(mondays[0], last)
    sold = _by_label(session, SALES_BY_WEEK, "net_fen", span, language)
    week = shanghai_week(Order.confirmed_at)
    earned = {
        as_day(monday): int(fen)
        for monday, fen in session.execute(
            sa.select(week, credited(Account.HOUSEHOLD_PAYABLE))
            .select_from(Order)
            .join(JournalEntry, JournalEntry.order_id == Order.id)
            .join(Posting, Posting.entry_id == JournalEntry.id)
            .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES), Posting.household_id.is_not(None))
            .group_by(week)
        )
    }
    by_week = {as_day(monday): fen for monday, fen in sold.items()}
    return [Week(monday, by_week.get(monday, 0), earned.get(monday, 0)) for monday in mondays]


def _by_label(session: Session, report: Report, key: str, span: Span, language: str) -> dict[Any, int]:
    """One column of a report by its first."""
    place = report.position(key)
    return {row[0]: int(row[place]) for row in all_rows(session, report, span, language)}


def _categories(session: Session, span: Span, before: Span | None, language: str) -> list[Line]:
    name = localised(language, Category.name_zh, Category.name_en)
    families: dict[str, str] = dict(session.execute(sa.select(name, Category.family)).all())
    then = _by_label(session, SALES_BY_CATEGORY, "net_fen", before, language) if before else {}
    now = _by_label(session, SALES_BY_CATEGORY, "net_fen", span, language)
    return [Line(one, fen, then.get(one, 0), family=families.get(one, "")) for one, fen in now.items()]


def _villages(session: Session, span: Span, before: Span | None, language: str) -> list[Line]:
    then = _by_label(session, SALES_BY_VILLAGE, "village_fen", before, language) if before else {}
    orders, household, village = (
        SALES_BY_VILLAGE.position(key) for key in ("orders", "household_fen", "village_fen")
    )
    return [
        Line(
            row[0],
            int(row[village]),
            then.get(row[0], 0),
            orders=int(row[orders]),
            household_fen=int(row[household]),
        )
        for row in all_rows(session, SALES_BY_VILLAGE, span, language)
    ]


def _parts(session: Session, span: Span) -> tuple[Parts, int, int]:
    """Where the money of these orders went by the books, what of refunds the shop bore, and what coupons took off."""
    rows = session.execute(
        sa.select(*(credited(*accounts) for accounts in (*PARTS, (Account.REFUNDS_BORNE,), COUPON_ACCOUNTS)))
        .select_from(Order)
        .join(JournalEntry, JournalEntry.order_id == Order.id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(confirmed_in(span), JournalEntry.kind.in_(OF_SALES))
    )
    *parts, borne, coupons = (int(fen or 0) for fen in rows.one())
    return Parts(*parts), -borne, -coupons
