"""Purchases that count for departments: all that should, none that should not, and as much as the books say."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule
from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.purchases.models import CountedPurchase

_agreed = sa.and_(Order.counts_for_unit, Order.unit_id.is_not(None))
_should = sa.and_(Order.confirmed_at.is_not(None), sa.or_(Order.organisation_id.is_not(None), _agreed))
_counted = sa.exists().where(CountedPurchase.order_id == Order.id)
_moved = (
    sa.select(
        JournalEntry.order_id,
        sa.func.sum(Posting.amount_fen).label("fen"),
    )
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .join(CountedPurchase, CountedPurchase.order_id == JournalEntry.order_id)
    .where(
        JournalEntry.kind.in_((EntryKind.SALE, EntryKind.REFUND, EntryKind.REVERSAL)),
        Posting.account.not_in((*OF_A_SALE, Account.REFUNDS_BORNE)),
    )
    .group_by(JournalEntry.order_id)
    .subquery()
)
_booked, _net = or_nothing(_moved.c.fen), Order.total_fen - Order.refunded_fen

RULES = (
    rule(
        "purchase: an organisation's order counts, and that of somebody who agreed",
        sa.select(Order.number).where(_should, sa.not_(_counted)),
        "order {number}",
        "is confirmed and counts for nobody",
    ),
    rule(
        "purchase: what somebody bought who did not agree counts for nobody",
        sa.select(Order.number)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .where(CountedPurchase.organisation_id.is_(None), sa.not_(Order.counts_for_unit)),
        "order {number}",
        "counts for a department, and its buyer had not agreed",
    ),
    rule(
        "purchase: the statement has of an order what the books have",
        sa.select(Order.number, _net.label("net"), _booked.label("booked"))
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .outerjoin(_moved, _moved.c.order_id == Order.id)
        .where(_net != _booked),
        "order {number}",
        "{net} fen after refunds, in the books {booked} fen",
    ),
)
