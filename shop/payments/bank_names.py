"""What our bank calls money that it sent back: it stands at one receipt, or at refunds, and never at both.

One transfer may bring back the refunds of several orders of one buyer; what a receipt left over is no refund.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.money import format_yuan
from shop.ordering.models import Order
from shop.payments.models import Refund
from shop.payments.refund_settling import bank_reference
from shop.payments.statements.errors import SentAsReceipt, SentAsRefund
from shop.payments.statements.models import StatementLine
from shop.storage.named_locks import lock_name

_NAMES: Final = "payments.sent_as"


def lock_bank_names(session: Session) -> None:
    """Who writes one down takes turns: before any row is locked."""
    lock_name(session, _NAMES)


def read_bank_name(session: Session, typed: str) -> str:
    """What somebody says of a refund; nobody says the same of a receipt meanwhile. Before any row is locked.

    Raises SentAsReceipt where it is what brought a receipt back.
    """
    named = bank_reference(typed)
    if named:
        lock_bank_names(session)
        refuse_receipts_name(session, named)
    return named


def refuse_receipts_name(session: Session, named: str) -> None:
    """What is taken up again has freed its reference. Raises SentAsReceipt."""
    line = session.scalar(sa.select(StatementLine).where(StatementLine.sent_as == named).limit(1))
    if line is not None:
        day, amount = line.booked_on.isoformat(), format_yuan(line.amount_fen)
        raise SentAsReceipt(field="sent_as", day=day, amount=amount)


def refuse_refunds_name(session: Session, named: str) -> None:
    """Raises SentAsRefund, naming the order."""
    number = session.scalar(
        sa.select(Order.number)
        .join(Refund, Refund.order_id == Order.id)
        .where(Refund.sent_as == named)
        .limit(1)
    )
    if number is not None:
        raise SentAsRefund(field="sent_as", number=number)
