"""A payout is the money of completed orders that one household is owed, each posting once."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, JournalEntry, Payout, PayoutItem, Posting
from shop.ordering.models import Order, OrderStatus

_owed = or_nothing(-sa.func.sum(Posting.amount_fen))
_claims = sa.func.count(PayoutItem.payout_id)

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
)
