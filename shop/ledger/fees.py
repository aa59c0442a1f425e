"""What a payment provider kept, taken from the part of prices that was set aside for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from shop.ledger.models import Account, EntryKind
from shop.ledger.posting import Place, held_by, post
from shop.payments.models import Payment


def post_fee(session: Session, payment: Payment, *, now: datetime) -> None:
    fee_fen = payment.fee_fen or 0
    amounts = {Place(Account.FEE_RESERVE): fee_fen, held_by(payment.provider): -fee_fen}
    reference = f"fee:payment:{payment.id}"
    post(session, EntryKind.PAYMENT_FEE, reference, amounts, now=now, order_id=payment.order_id)
