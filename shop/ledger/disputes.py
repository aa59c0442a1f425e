"""Disputed payments in the books."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.posting import Amounts, Place, difference, post, posted_for_order
from shop.payments.models import Dispute, DisputeStatus


def post_dispute(
    session: Session, dispute: Dispute, *, taken_from: Place, held_fen: int, now: datetime
) -> None:
    """Post what is missing until the books say where the money of this dispute is.

    Open: with the buyer's bank. Won: where it was. Lost: out of the `held_fen` that stand in suspense of a payment that
    no order could use; else the shop bears it, and the households keep what they earned.
    """
    prefix = f"dispute:{dispute.id}:"
    mine = JournalEntry.reference.startswith(prefix, autoescape=True)
    posted = posted_for_order(
        session, dispute.order_id, sa.and_(JournalEntry.kind == EntryKind.DISPUTE, mine)
    )
    missing = difference(_where_it_is(dispute, taken_from, held_fen), posted)
    reference = f"{prefix}{dispute.status}:{dispute.withdrawn_fen}"
    post(session, EntryKind.DISPUTE, reference, missing, now=now, order_id=dispute.order_id)


def _where_it_is(dispute: Dispute, taken_from: Place, held_fen: int) -> Amounts:
    if dispute.status is DisputeStatus.WON:
        return {}
    gone_fen = dispute.withdrawn_fen
    if dispute.status is DisputeStatus.OPEN:
        return {Place(Account.DISPUTED): gone_fen, taken_from: -gone_fen}
    held_fen = min(held_fen, gone_fen)
    borne_fen = gone_fen - held_fen
    return {
        Place(Account.SUSPENSE): held_fen,
        Place(Account.REFUNDS_BORNE): borne_fen,
        taken_from: -gone_fen,
    }
