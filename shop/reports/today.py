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
    """Three statements. Days and months are those of Shanghai."""
    today, month = shanghai_midnight(shanghai_date(now)), shanghai_midnight(month_of(now))
    orders = _confirmed(session, today, month)
    households = _households(session, today, month)
    waiting, waiting_fen = session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Order.total_fen), 0)).where(
            Order.status == OrderStatus.AWAITING_PAYMENT
        )
    ).one()
    return Today(
        today=Figures(orders[0], orders[1], households[0]),
        month=Figures(orders[2], orders[3], households[1]),
        waiting=int(waiting),
        waiting_fen=int(waiting_fen),
    )


def _confirmed(session: Session, today: datetime, month: datetime) -> list[int]:
    """Orders and fen of today, then of the month. What was called off afterwards counts: it is a refund."""
    is_today = Order.confirmed_at >= today
    row = session.execute(
        sa.select(
            _sum(sa.case((is_today, 1), else_=0)),
            _sum(sa.case((is_today, Order.total_fen), else_=0)),
            sa.func.count(),
            _sum(Order.total_fen),
        ).where(Order.confirmed_at >= month)
    ).one()
    return [int(value) for value in row]


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
