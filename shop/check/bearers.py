"""Refunds that somebody bears: by whom they say, and never more than a household had of the order."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import rule, total
from shop.ledger.models import OWED_TO, Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order
from shop.payments.models import Refund, RefundBearer

_MONEY = (Account.PROVIDER_CLEARING, Account.BANK, Account.RECEIVABLES)
# What a household or a village cannot bear, the shop does.
_GIVES = {
    RefundBearer.SHOP: (Account.REFUNDS_BORNE,),
    RefundBearer.HOUSEHOLD: (Account.HOUSEHOLD_PAYABLE, Account.REFUNDS_BORNE),
    RefundBearer.VILLAGE: (Account.VILLAGE_FUND, Account.REFUNDS_BORNE),
    RefundBearer.COURIER: (Account.FREIGHT_PAYABLE,),
    RefundBearer.WEIGHT: OWED_TO,
}
_of_refund = JournalEntry.reference == sa.literal("refund:") + sa.cast(Refund.id, sa.String)
_as_it_says = sa.or_(
    Posting.account.in_(_MONEY),
    *(sa.and_(Refund.bearer == bearer, Posting.account.in_(accounts)) for bearer, accounts in _GIVES.items()),
)
_bear = (
    sa.select(JournalEntry.order_id)
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(JournalEntry.kind == EntryKind.REFUND, Posting.account == Account.HOUSEHOLD_PAYABLE)
)
_of_the_order = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)

RULES = (
    rule(
        "ledger: a refund is borne by whom it says",
        sa.select(Refund.reference, Refund.bearer, Posting.account, total(Posting.amount_fen, "fen"))
        .join(JournalEntry, _of_refund)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.kind == EntryKind.REFUND, ~_as_it_says)
        .group_by(Refund.reference, Refund.bearer, Posting.account),
        "refund {reference}",
        "the {bearer} bears it, the ledger took {fen} fen from {account}",
    ),
    rule(
        "ledger: a household gives back no more than the order brought it",
        sa.select(Order.number, Posting.household_id, total(Posting.amount_fen, "fen"))
        .join(JournalEntry, JournalEntry.order_id == Order.id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            Order.id.in_(_bear),
            JournalEntry.kind.in_(_of_the_order),
            Posting.account == Account.HOUSEHOLD_PAYABLE,
        )
        .group_by(Order.number, Posting.household_id)
        .having(sa.func.sum(Posting.amount_fen) > 0),
        "order {number}",
        "household {household_id} gave {fen} fen too much",
    ),
)
