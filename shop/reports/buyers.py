"""Who buys: people with an account, organisations, who comes again, and how many of a unit there are."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.accounts.models import Organisation, User
from shop.accounts.models import Unit as BuyerUnit
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.reports.definition import Behind, Column, Group, Report, Span, Unit, key_column, localised, sum_fen
from shop.reports.refund_days import BY_SALE_DAY
from shop.reports.sales import (
    FREIGHT,
    GOODS,
    NET,
    OF_ORDERS,
    ORDERS,
    PAID,
    REFUNDED,
    confirmed_in,
    order_sums,
)
from shop.storage.expressions import shanghai_month

_FIGURES: Final = (ORDERS, GOODS, FREIGHT, PAID, REFUNDED, NET)
_LAST: Final = Column("last_at", msg("Last order"), Unit.MOMENT)


def _customers(span: Span, language: str) -> sa.Select[Any]:
    """Guests are one row: without an account nothing says that two orders are of one person."""
    unit = localised(language, BuyerUnit.name_zh, BuyerUnit.name_en)
    name = sa.func.coalesce(sa.func.nullif(User.name, ""), "—")
    return (
        sa.select(
            name,
            sa.func.coalesce(unit, ""),
            *order_sums(),
            sa.func.max(Order.confirmed_at),
            sa.func.coalesce(User.id, 0),
        )
        .select_from(Order)
        .outerjoin(User, User.id == Order.user_id)
        .outerjoin(BuyerUnit, BuyerUnit.id == User.unit_id)
        .where(confirmed_in(span), Order.organisation_id.is_(None))
        .group_by(User.id, name, unit)
        .order_by(sa.func.sum(Order.total_fen).desc(), User.id)
    )


CUSTOMERS = Report(
    "customers",
    msg("Customer totals"),
    (
        Column("customer", msg("Customer")),
        Column("unit", msg("Unit of the university")),
        *_FIGURES,
        _LAST,
        key_column("user_id"),
    ),
    _customers,
    Group.SELLING,
    note=msg(
        "People who bought for themselves, by the day on which an order was confirmed; guests without an account are one row."
    ),
    behind=(Behind("orders", ("customer", *OF_ORDERS), by=("user_id",)),),
)


def _organisations(span: Span, _language: str) -> sa.Select[Any]:
    parent = aliased(Organisation)
    return (
        sa.select(
            Organisation.name,
            sa.func.coalesce(parent.name, ""),
            *order_sums(),
            sa.func.max(Order.confirmed_at),
            Organisation.id,
        )
        .select_from(Order)
        .join(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .where(confirmed_in(span))
        .group_by(Organisation.id, Organisation.name, parent.name)
        .order_by(sa.func.sum(Order.total_fen).desc(), Organisation.id)
    )


SALES_BY_ORGANISATION = Report(
    "sales-by-organisation",
    msg("Sales by organisation"),
    (
        Column("organisation", msg("Organisation")),
        Column("parent", msg("Belongs to")),
        *_FIGURES,
        _LAST,
        key_column("organisation_id"),
    ),
    _organisations,
    Group.SELLING,
    chart=("organisation", "paid_fen"),
    note=BY_SALE_DAY,
    behind=(Behind("orders", ("organisation", *OF_ORDERS), by=("organisation_id",)),),
)


def _repeat(span: Span, _language: str) -> sa.Select[Any]:
    """Each person stands in the month of their first order ever, with all that they bought since."""
    each = (
        sa.select(
            sa.func.min(Order.confirmed_at).label("first_at"),
            sa.func.count(Order.id).label("orders"),
            sum_fen(Order.total_fen - Order.refunded_fen).label("net_fen"),
        )
        .where(Order.confirmed_at.is_not(None), Order.user_id.is_not(None), Order.organisation_id.is_(None))
        .group_by(Order.user_id)
        .subquery()
    )
    month, (start, end) = shanghai_month(each.c.first_at), span.moments
    return (
        sa.select(
            month,
            sa.func.count(),
            _people(each.c.orders >= 2),
            _people(each.c.orders >= 3),
            sa.func.sum(each.c.orders),
            sum_fen(each.c.net_fen),
            _people(each.c.orders >= 2) * 10_000 // sa.func.count(),
        )
        .where(each.c.first_at >= start, each.c.first_at < end)
        .group_by(month)
        .order_by(month)
    )


def _people(condition: Any) -> Any:
    return sa.cast(sa.func.sum(sa.case((condition, 1), else_=0)), sa.BigInteger)


REPEAT_BUYERS = Report(
    "repeat-buyers",
    msg("Buyers who come again"),
    (
        Column("month", msg("Month of the first order"), Unit.MONTH),
        Column("buyers", msg("Buyers"), Unit.COUNT, total=True),
        Column("again", msg("Bought again"), Unit.COUNT, total=True),
        Column("three", msg("Three times or more"), Unit.COUNT, total=True),
        Column("orders", msg("Orders since"), Unit.COUNT, total=True),
        Column("net_fen", msg("After refunds"), Unit.FEN, total=True),
        Column("again_bp", msg("Share that bought again"), Unit.SHARE),
    ),
    _repeat,
    Group.SELLING,
    chart=("month", "again"),
    note=msg(
        "By the day of a person's first order ever; what they bought since then counts up to today. Guests and organisations are not in it."
    ),
)


def _accounts(span: Span, language: str) -> sa.Select[Any]:
    """How many accounts there are is of now, who bought is of the days asked for."""
    unit = localised(language, BuyerUnit.name_zh, BuyerUnit.name_en)
    bought = (
        sa.select(Order.user_id, sa.func.count(Order.id).label("orders"))
        .where(confirmed_in(span), Order.user_id.is_not(None))
        .group_by(Order.user_id)
        .subquery()
    )
    start, end = span.moments
    is_new = sa.and_(User.created_at >= start, User.created_at < end)
    return (
        sa.select(
            sa.func.coalesce(unit, "—"),
            sa.func.count(User.id),
            _people(is_new),
            _people(User.confirmed_at.is_not(None)),
            _people(bought.c.orders.is_not(None)),
            sa.func.coalesce(sa.func.sum(bought.c.orders), 0),
        )
        .select_from(User)
        .outerjoin(BuyerUnit, BuyerUnit.id == User.unit_id)
        .outerjoin(bought, bought.c.user_id == User.id)
        .where(User.erased_at.is_(None))
        .group_by(BuyerUnit.id, unit)
        .order_by(sa.func.count(User.id).desc(), BuyerUnit.id)
    )


ACCOUNTS = Report(
    "accounts-by-unit",
    msg("Accounts by unit"),
    (
        Column("unit", msg("Unit of the university")),
        Column("accounts", msg("Number of accounts"), Unit.COUNT, total=True),
        Column("opened", msg("Opened in these days"), Unit.COUNT, total=True),
        Column("proved", msg("With a proved address"), Unit.COUNT, total=True),
        Column("buyers", msg("Bought in these days"), Unit.COUNT, total=True),
        Column("orders", msg("Orders"), Unit.COUNT, total=True),
    ),
    _accounts,
    Group.SELLING,
    chart=("unit", "accounts"),
    note=msg("Accounts as there are now; opened and bought within the days asked for. Nobody is named."),
)
