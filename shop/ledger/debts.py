"""What organisations on terms owe, in the books: their transfer came, or the debt is given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, post


def post_settlement(session: Session, order_id: int, payment_id: int, fen: int, *, now: datetime) -> None:
    """The receivable has become money in our bank."""
    amounts = {Place(Account.BANK): fen, Place(Account.RECEIVABLES): -fen}
    post(
        session, EntryKind.SETTLEMENT, f"settlement:payment:{payment_id}", amounts, now=now, order_id=order_id
    )


def post_write_off(session: Session, order_id: int, write_off_id: int, fen: int, *, now: datetime) -> None:
    """The shop bears it; whoever supplied the goods keeps what they earned."""
    amounts = {Place(Account.WRITE_OFFS): fen, Place(Account.RECEIVABLES): -fen}
    post(session, EntryKind.WRITE_OFF, f"write_off:{write_off_id}", amounts, now=now, order_id=order_id)
