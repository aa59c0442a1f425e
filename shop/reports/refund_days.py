"""How the refunds of sales and the refunds of the books belong together, for one range of days.

Sales reports put a refund on the day of its sale, the books on the day on which it was posted. So a day that is over
may still change in the one, and never in the other; these figures lead from one to the other.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.reports.definition import Fact, Findings, Span

BY_SALE_DAY = msg("A refund stands on the day of its sale, so days that are over can still change.")


def refunds_by_their_days(session: Session, span: Span) -> Findings:
    start, end = span.moments
    sold_now = sa.and_(Order.confirmed_at >= start, Order.confirmed_at < end)
    posted_now = sa.and_(JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
    conditions = (
        sa.and_(sold_now, posted_now),
        sa.and_(sold_now, JournalEntry.posted_at >= end),
        sa.and_(posted_now, sa.not_(sold_now)),
    )
    columns: list[sa.ColumnElement[Any]] = [_gone_back(condition) for condition in conditions]
    sums = session.execute(
        sa.select(*columns)
        .select_from(JournalEntry)
        .join(Order, Order.id == JournalEntry.order_id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            JournalEntry.kind.in_((EntryKind.REFUND, EntryKind.REVERSAL)),
            Posting.account.not_in((*OF_A_SALE, Account.REFUNDS_BORNE)),
            sa.or_(sold_now, posted_now),
        )
    ).one()
    both, later, of_others = [int(fen) for fen in sums]
    facts = (
        (msg("These sales: refunded within these days"), both),
        (msg("These sales: refunded afterwards"), later),
        (msg("Sales of other days: refunded within these days"), of_others),
        (msg("Refunds in the books within these days"), both + of_others),
    )
    return Findings(tuple(Fact(title, fen, is_fen=True) for title, fen in facts))


def _gone_back(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    """In fen: what left the account that the money was paid from."""
    left = sa.func.sum(sa.case((condition, -Posting.amount_fen), else_=0))
    return sa.cast(sa.func.coalesce(left, 0), sa.BigInteger)
