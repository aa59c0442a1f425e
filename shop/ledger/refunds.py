"""Money that went back, in the books."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.posting import Place, gather, post, posted_for_order
from shop.ledger.sales import OF_THE_SALE, sale_reference


def post_reversal(
    session: Session, order_id: int, refund_id: int, fen: int, *, paid_from: Account, now: datetime
) -> dict[int, int]:
    """The sale did not happen: take every part of it back, household by household.

    `fen` leaves `paid_from`. Had the shop paid a part back from its own money before, it gets that again. Fees that a
    provider keeps stay where they were posted. Returns what was taken back from each household, in fen: the income
    figures follow it. Posted before: nothing.
    """
    posted = posted_for_order(session, order_id, OF_THE_SALE)
    received = sum(amount for amount in posted.values() if amount > 0)
    taken_back = {place: -amount for place, amount in posted.items() if amount < 0}
    borne_before = Place(Account.REFUNDS_BORNE), fen - received
    amounts = gather([*taken_back.items(), (Place(paid_from), -fen), borne_before])
    reference = f"refund:{refund_id}"
    sale_id = session.scalar(
        sa.select(JournalEntry.id).where(JournalEntry.reference == sale_reference(order_id))
    )
    entry = post(
        session, EntryKind.REVERSAL, reference, amounts, now=now, order_id=order_id, reverses_id=sale_id
    )
    return _by_household(taken_back) if entry is not None else {}


def _by_household(taken_back: dict[Place, int]) -> dict[int, int]:
    households: dict[int, int] = defaultdict(int)
    for place, fen in taken_back.items():
        if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
            households[place.household_id] += fen
    return dict(households)


def post_borne_refund(
    session: Session, order_id: int, refund_id: int, fen: int, *, paid_from: Account, now: datetime
) -> dict[int, int]:
    """The shop bears it: the households keep what they earned, so nothing is taken back from any."""
    amounts = {Place(Account.REFUNDS_BORNE): fen, Place(paid_from): -fen}
    post(session, EntryKind.REFUND, f"refund:{refund_id}", amounts, now=now, order_id=order_id)
    return {}
