"""Money that went back, in the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import OF_A_SALE, Account, EntryKind, JournalEntry
from shop.ledger.posting import Place, already_posted, gather, post, posted_for_order
from shop.ledger.sales import of_the_sale_as_it_stands, owed_anew, sale_reference


def post_reversal(
    session: Session, order_id: int, reference: str, fen: int, *, paid_from: Place, now: datetime
) -> dict[int, int]:
    """The sale did not happen: take every part of it back that still stands, household by household.

    `fen` leaves `paid_from`. Had the shop paid a part back from its own money before, it gets that again; what others
    gave of a refund before is not taken from them twice. Fees that a
    provider keeps stay where they were posted. Returns what was taken back from each household, in fen: the income
    figures follow it. Posted before: nothing.
    """
    still_stands = sa.or_(of_the_sale_as_it_stands(), JournalEntry.kind == EntryKind.REFUND)
    posted = posted_for_order(session, order_id, still_stands)
    taken_back = {place: -amount for place, amount in posted.items() if place.account in OF_A_SALE}
    amounts = _sent_back(taken_back, fen, paid_from)
    sale_id = session.scalar(
        sa.select(JournalEntry.id).where(JournalEntry.reference == sale_reference(order_id))
    )
    entry = post(
        session, EntryKind.REVERSAL, reference, amounts, now=now, order_id=order_id, reverses_id=sale_id
    )
    return _by_household(taken_back) if entry is not None else {}


def post_part_reversal(
    session: Session, order_id: int, reference: str, fen: int, *, paid_from: Place, now: datetime
) -> dict[int, int]:
    """Units left the order: take back what they earned, so that everybody has what the rest of the sale earns.

    `fen` leaves `paid_from`; as with a reversal, what the shop had paid back for them before it gets again. Returns
    what was taken back from each household, in fen. Posted before: nothing.
    """
    if already_posted(session, reference):
        return {}
    taken_back = owed_anew(session, order_id)
    amounts = _sent_back(taken_back, fen, paid_from)
    post(session, EntryKind.REVERSAL, reference, amounts, now=now, order_id=order_id)
    return _by_household(taken_back)


def post_relief(session: Session, order_id: int, refund_id: int, *, now: datetime) -> dict[int, int]:
    """Give back to a household what it had borne of an order before, where the order's goods do not earn it any more.

    The shop bears that. Returns it by household, in fen. Posted before, or nobody is below nothing: nothing.
    """
    of_the_order = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)
    posted = posted_for_order(session, order_id, JournalEntry.kind.in_(of_the_order))
    below = {
        place: fen for place, fen in posted.items() if place.account is Account.HOUSEHOLD_PAYABLE and fen > 0
    }
    amounts = gather([*((place, -fen) for place, fen in below.items()), _borne(sum(below.values()))])
    entry = post(session, EntryKind.REFUND, f"refund:{refund_id}:relief", amounts, now=now, order_id=order_id)
    return _by_household(below) if entry is not None else {}


def _borne(fen: int) -> tuple[Place, int]:
    return Place(Account.REFUNDS_BORNE), fen


def _sent_back(taken_back: dict[Place, int], fen: int, paid_from: Place) -> dict[Place, int]:
    borne = _borne(fen - sum(taken_back.values()))
    return gather([*taken_back.items(), (paid_from, -fen), borne])


def _by_household(taken_back: dict[Place, int]) -> dict[int, int]:
    households: dict[int, int] = defaultdict(int)
    for place, fen in taken_back.items():
        if place.account is Account.HOUSEHOLD_PAYABLE and place.household_id is not None:
            households[place.household_id] += fen
    return dict(households)


def post_borne_refund(
    session: Session,
    order_id: int,
    refund_id: int,
    borne: Mapping[Place, int],
    *,
    paid_from: Place,
    now: datetime,
) -> dict[int, int]:
    """The sale stands, and somebody bears what goes back: `borne` says who gives how much of it, as debits.

    Returns what households give, in fen: the income figures follow it. Posted before: nothing.
    """
    amounts = gather([*borne.items(), (paid_from, -sum(borne.values()))])
    entry = post(session, EntryKind.REFUND, f"refund:{refund_id}", amounts, now=now, order_id=order_id)
    return _by_household(dict(borne)) if entry is not None else {}
