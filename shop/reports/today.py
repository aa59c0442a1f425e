"""How the shop is doing today and this month, in a few figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import month_of, shanghai_date, shanghai_midnight
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order, OrderStatus

_OF_SALES = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)


@dataclass(frozen=True)
class Figures:
    """Orders confirmed in these days and what buyers paid for them, before refunds, as the sales reports say it;
    what the books gave to households. Amounts in fen.
    """

    orders: int
    paid_fen: int
    households_fen: int


@dataclass(frozen=True)
class Today:
    today: Figures
    month: Figures
    waiting: int  # orders that await their money
    waiting_fen: int


def read_today(session: Session, *, now: datetime) -> Today:
    """Two statements. Days and months are those of Shanghai."""
    today, month = shanghai_midnight(shanghai_date(now)), shanghai_midnight(month_of(now))
    orders = _orders(session, today, month)
    households = _households(session, today, month)
    return Today(
        today=Figures(orders[0], orders[1], households[0]),
        month=Figures(orders[2], orders[3], households[1]),
        waiting=orders[4],
        waiting_fen=orders[5],
    )


def _orders(session: Session, today: datetime, month: datetime) -> list[int]:
    """Orders and fen confirmed today, in the month, and still awaited. What was called off afterwards counts: it is
    a refund.
    """
    is_today = Order.confirmed_at >= today
    confirmed = (
        sa.select(
            _sum(sa.case((is_today, 1), else_=0)).label("today"),
            _sum(sa.case((is_today, Order.total_fen), else_=0)).label("today_fen"),
            sa.func.count().label("month"),
            _sum(Order.total_fen).label("month_fen"),
        )
        .where(Order.confirmed_at >= month)
        .subquery()
    )
    awaited = (
        sa.select(sa.func.count().label("orders"), _sum(Order.total_fen).label("fen"))
        .where(Order.status == OrderStatus.AWAITING_PAYMENT)
        .subquery()
    )
    both = sa.select(*confirmed.c, *awaited.c).select_from(confirmed.join(awaited, sa.true()))
    return [int(value) for value in session.execute(both).one()]


def _households(session: Session, today: datetime, month: datetime) -> list[int]:
    owed = -Posting.amount_fen
    row = session.execute(
        sa.select(_sum(sa.case((JournalEntry.posted_at >= today, owed), else_=0)), _sum(owed))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            JournalEntry.kind.in_(_OF_SALES),
            JournalEntry.posted_at >= month,
        )
    ).one()
    return [int(value) for value in row]


def _sum(value: Any) -> sa.ColumnElement[int]:
    total: sa.ColumnElement[int] = sa.func.coalesce(sa.func.sum(value), 0)
    return total
