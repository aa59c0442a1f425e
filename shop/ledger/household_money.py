"""A household's own money: earned, on its way, paid. The farmer reads this; so does the coordinator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutStatus,
    Posting,
)
from shop.ordering.models import Order, OrderStatus


@dataclass(frozen=True)
class HouseholdMoney:
    """All in fen. Earned is the sum of the other four."""

    earned: int
    on_its_way: int  # orders that are confirmed and not completed yet
    due: int  # completed, and in no payout
    being_paid: int  # stands in a payout, drafted or approved
    paid: int


def household_money(session: Session, household_ids: Collection[int]) -> HouseholdMoney:
    """What the shop owes and has paid to these households together, from the books.

    An order that was called off counts for nothing at once, though its refund may still be on the way. What a draft of a
    payout holds is being paid, as its line says (`coming_money.py`); dropped, it is due again.
    """
    owed = -Posting.amount_fen
    is_paid = Payout.status == PayoutStatus.PAID
    is_in_payout = Payout.id.is_not(None)
    is_completed = Order.status == OrderStatus.COMPLETED
    row = session.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(owed), 0),
            sa.func.coalesce(sa.func.sum(sa.case((is_completed, owed), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((is_paid, owed), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((is_in_payout, owed), else_=0)), 0),
        )
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .outerjoin(PayoutItem, PayoutItem.posting_id == Posting.id)
        .outerjoin(Payout, Payout.id == PayoutItem.payout_id)
        .where(
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.household_id.in_(household_ids),
            JournalEntry.kind != EntryKind.PAYOUT,
            Order.status != OrderStatus.CANCELLED,
        )
    ).one()
    earned, completed, paid, in_payouts = (int(fen) for fen in row)
    return HouseholdMoney(
        earned=earned,
        on_its_way=earned - completed,
        due=completed - in_payouts,
        being_paid=in_payouts - paid,
        paid=paid,
    )
