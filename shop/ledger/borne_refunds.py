"""Who bore what of an order's refunds, as the books have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.payments.models import Refund, RefundBearer

BEARER_OF: Final = {
    Account.HOUSEHOLD_PAYABLE: RefundBearer.HOUSEHOLD,
    Account.VILLAGE_FUND: RefundBearer.VILLAGE,
    Account.FREIGHT_PAYABLE: RefundBearer.COURIER,
    Account.REFUNDS_BORNE: RefundBearer.SHOP,
}


def is_of_refund() -> sa.ColumnElement[bool]:
    """SQL, of JournalEntry and Refund: the entry says who bore the refund."""
    reference = sa.literal("refund:") + sa.cast(Refund.id, sa.String)
    return sa.and_(JournalEntry.reference == reference, JournalEntry.kind == EntryKind.REFUND)


def borne_of_order(session: Session, order_id: int) -> Mapping[int, Mapping[RefundBearer, int]]:
    """By refund that was booked: fen by who gave it, the largest first. One statement."""
    fen = sa.func.sum(Posting.amount_fen)
    rows = session.execute(
        sa.select(Refund.id, Posting.account, fen)
        .join(JournalEntry, is_of_refund())
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(Refund.order_id == order_id, Posting.account.in_(list(BEARER_OF)))
        .group_by(Refund.id, Posting.account)
        .having(fen > 0)
        .order_by(Refund.id, fen.desc(), Posting.account)
    )
    found: dict[int, dict[RefundBearer, int]] = defaultdict(dict)
    for refund_id, account, given in rows:
        found[refund_id][BEARER_OF[account]] = int(given)
    return found
