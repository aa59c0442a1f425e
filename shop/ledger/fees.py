"""What a payment provider kept, taken from the part of prices that was set aside for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, post


def post_fee(session: Session, order_id: int, payment_id: int, fee_fen: int, *, now: datetime) -> None:
    amounts = {Place(Account.FEE_RESERVE): fee_fen, Place(Account.PROVIDER_CLEARING): -fee_fen}
    reference = f"fee:payment:{payment_id}"
    post(session, EntryKind.PAYMENT_FEE, reference, amounts, now=now, order_id=order_id)
