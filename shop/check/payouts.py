"""A payout is the money of completed orders that one household is owed, each posting once."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.catalogue.models import Household
from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ordering.models import Order, OrderStatus

_owed = or_nothing(-sa.func.sum(Posting.amount_fen))
_claims = sa.func.count(PayoutItem.payout_id)

# The entry of a payout's present attempt, unless another entry took it back.
_reversal = aliased(JournalEntry)
_name = sa.literal("payout:") + sa.cast(Payout.id, sa.String) + ":" + sa.cast(Payout.attempt, sa.String)
_entries = (
    sa.select(Payout.id.label("payout_id"), total(Posting.amount_fen, "fen"))
    .join(JournalEntry, JournalEntry.reference == _name)
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .outerjoin(_reversal, _reversal.reverses_id == JournalEntry.id)
    .where(
        JournalEntry.kind == EntryKind.PAYOUT,
        Posting.account == Account.HOUSEHOLD_PAYABLE,
        Posting.household_id == Payout.household_id,
        _reversal.id.is_(None),
    )
    .group_by(Payout.id)
    .subquery()
)
_posted = or_nothing(_entries.c.fen)
_paid = sa.case((Payout.status == PayoutStatus.PAID, Payout.amount_fen), else_=0)

_by_payouts = sa.select(Payout.household_id, total(_paid, "fen")).group_by(Payout.household_id).subquery()
_by_books = (
    sa.select(Posting.household_id, total(Posting.amount_fen, "fen"))
    .join(JournalEntry, JournalEntry.id == Posting.entry_id)
    .where(JournalEntry.kind == EntryKind.PAYOUT, Posting.account == Account.HOUSEHOLD_PAYABLE)
    .group_by(Posting.household_id)
    .subquery()
)
_said, _booked = or_nothing(_by_payouts.c.fen), or_nothing(_by_books.c.fen)

RULES = (
    rule(
        "payout: its amount is its postings",
        sa.select(Payout.id, Payout.amount_fen, _owed.label("owed"))
        .outerjoin(PayoutItem, PayoutItem.payout_id == Payout.id)
        .outerjoin(Posting, Posting.id == PayoutItem.posting_id)
        .group_by(Payout.id, Payout.amount_fen)
        .having(_owed != Payout.amount_fen),
        "payout {id}",
        "{amount_fen} fen, its postings {owed} fen",
    ),
    rule(
        "payout: a posting is paid out once",
        sa.select(PayoutItem.posting_id, _claims.label("claims"))
        .group_by(PayoutItem.posting_id)
        .having(_claims > 1),
        "posting {posting_id}",
        "in {claims} payouts",
    ),
    rule(
        "payout: only what completed orders owe that household",
        sa.select(Payout.id, total(-Posting.amount_fen, "fen"))
        .join(PayoutItem, PayoutItem.payout_id == Payout.id)
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .where(
            sa.or_(
                Posting.account != Account.HOUSEHOLD_PAYABLE,
                Posting.household_id.is_distinct_from(Payout.household_id),
                Order.status.is_distinct_from(OrderStatus.COMPLETED),
            )
        )
        .group_by(Payout.id),
        "payout {id}",
        "{fen} fen are not this household's, or of orders that are not completed",
    ),
    rule(
        "payout: paid, it has one entry of its amount, and unpaid none",
        sa.select(Payout.id, Payout.status, Payout.amount_fen, _posted.label("posted"))
        .outerjoin(_entries, _entries.c.payout_id == Payout.id)
        .where(_posted != _paid),
        "payout {id}",
        "{status}, {amount_fen} fen, its entry {posted} fen",
    ),
    rule(
        "payout: the books paid a household what its payouts say",
        sa.select(Household.slug, _said.label("said"), _booked.label("booked"))
        .outerjoin(_by_payouts, _by_payouts.c.household_id == Household.id)
        .outerjoin(_by_books, _by_books.c.household_id == Household.id)
        .where(_said != _booked),
        "household {slug}",
        "payouts say {said} fen, the ledger {booked} fen",
    ),
    rule(
        "payout: approved by another than closed it",
        sa.select(PayoutRun.number, PayoutRun.approved_by_id)
        .outerjoin(Payout, Payout.run_id == PayoutRun.id)
        .where(
            sa.or_(
                sa.and_(
                    PayoutRun.approved_at.is_not(None), PayoutRun.approved_by_id == PayoutRun.created_by_id
                ),
                sa.and_(PayoutRun.approved_at.is_(None), Payout.status != PayoutStatus.DRAFT),
                sa.and_(PayoutRun.approved_at.is_not(None), Payout.status == PayoutStatus.DRAFT),
            )
        )
        .distinct(),
        "run {number}",
        "approved by {approved_by_id}, who closed it, or its payouts say something else",
    ),
)
