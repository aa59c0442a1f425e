"""Payments that no order can use, in the books: in suspense until they have gone back.

What came in another currency has no fen, and is never booked.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.posting import Place, gather, post
from shop.payments.models import Dispute, Payment, Refund


def post_orphan(session: Session, payment: Payment, *, received_in: Place, now: datetime) -> None:
    if not payment.is_in_fen:
        return
    fen = payment.received_fen or 0
    amounts = {received_in: fen, Place(Account.SUSPENSE): -fen}
    reference = _orphan_reference(payment.id)
    post(session, EntryKind.RECEIPT, reference, amounts, now=now, order_id=payment.order_id)


def post_orphan_returned(
    session: Session, payment: Payment, refund: Refund, *, paid_from: Place, now: datetime
) -> None:
    """What of it had gone with a lost dispute before, the shop bears: the buyer has it twice."""
    if not payment.is_in_fen:
        return
    held = min(refund.amount_fen, suspense_of(session, payment))
    amounts = gather(
        [
            (Place(Account.SUSPENSE), held),
            (Place(Account.REFUNDS_BORNE), refund.amount_fen - held),
            (paid_from, -refund.amount_fen),
        ]
    )
    reference = f"refund:{refund.id}"
    post(session, EntryKind.RECEIPT, reference, amounts, now=now, order_id=payment.order_id)


def suspense_of(session: Session, payment: Payment) -> int:
    """How much of a payment stands in suspense, in fen: 0 for one that an order rests on."""
    rows = session.execute(
        sa.select(JournalEntry.reference, sa.func.sum(Posting.amount_fen))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.order_id == payment.order_id, Posting.account == Account.SUSPENSE)
        .group_by(JournalEntry.reference)
    ).all()
    if not rows:
        return 0
    mine = _names(session, payment.id)
    return -sum(int(fen) for reference, fen in rows if _subject(reference) in mine)


def _orphan_reference(payment_id: int) -> str:
    return f"orphan:payment:{payment_id}"


def _names(session: Session, payment_id: int) -> set[str]:
    refunds = session.scalars(sa.select(Refund.id).where(Refund.payment_id == payment_id))
    disputes = session.scalars(sa.select(Dispute.id).where(Dispute.payment_id == payment_id))
    return {
        _orphan_reference(payment_id),
        *(f"refund:{one}" for one in refunds),
        *(f"dispute:{one}" for one in disputes),
    }


def _subject(reference: str) -> str:
    """What an entry is about: a dispute's reference goes on with where its money is."""
    parts = reference.split(":")
    return ":".join(parts[:2]) if parts[0] == "dispute" else reference
