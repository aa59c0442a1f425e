"""Disputed payments in the books."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind, JournalEntry
from shop.ledger.posting import Amounts, Place, difference, post, posted_for_order
from shop.payments.models import Dispute, DisputeStatus


def post_dispute(session: Session, dispute: Dispute, *, taken_from: Account, now: datetime) -> None:
    """Post what is missing until the books say where the money of this dispute is.

    Open: with the buyer's bank. Won: where it was. Lost: the shop bears it, the households keep what they earned.
    """
    prefix = f"dispute:{dispute.id}:"
    mine = JournalEntry.reference.startswith(prefix, autoescape=True)
    posted = posted_for_order(
        session, dispute.order_id, sa.and_(JournalEntry.kind == EntryKind.DISPUTE, mine)
    )
    missing = difference(_where_it_is(dispute, taken_from), posted)
    reference = f"{prefix}{dispute.status}:{dispute.withdrawn_fen}"
    post(session, EntryKind.DISPUTE, reference, missing, now=now, order_id=dispute.order_id)


def _where_it_is(dispute: Dispute, taken_from: Account) -> Amounts:
    if dispute.status is DisputeStatus.WON:
        return {}
    held = Account.DISPUTED if dispute.status is DisputeStatus.OPEN else Account.REFUNDS_BORNE
    return {Place(held): dispute.withdrawn_fen, Place(taken_from): -dispute.withdrawn_fen}
