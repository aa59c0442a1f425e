"""Money that went back, in the books."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, post, posted_for_order
from shop.ledger.sales import OF_THE_SALE


def post_reversal(
    session: Session, order_id: int, refund_id: int, *, paid_from: Account, now: datetime
) -> dict[int, int]:
    """The sale did not happen: take every part of it back, household by household.

    The whole amount of the order leaves `paid_from`. Fees that a provider keeps stay where they were posted.
    Returns what was taken back from each household, in fen: the income figures follow it. Posted before: nothing.
    """
    posted = posted_for_order(session, order_id, OF_THE_SALE)
    received = sum(fen for fen in posted.values() if fen > 0)
    taken_back = {place: -fen for place, fen in posted.items() if fen < 0}
    amounts = {**taken_back, Place(paid_from): -received}
    reference = f"refund:{refund_id}"
    if post(session, EntryKind.REVERSAL, reference, amounts, now=now, order_id=order_id) is None:
        return {}
    households: dict[int, int] = defaultdict(int)
    for place, fen in taken_back.items():
        if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
            households[place.household_id] += fen
    return dict(households)


def post_borne_refund(
    session: Session, order_id: int, refund_id: int, fen: int, *, paid_from: Account, now: datetime
) -> None:
    """The shop bears it: the households keep what they earned."""
    amounts = {Place(Account.REFUNDS_BORNE): fen, Place(paid_from): -fen}
    post(session, EntryKind.REFUND, f"refund:{refund_id}", amounts, now=now, order_id=order_id)
