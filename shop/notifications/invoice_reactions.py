"""Which letter follows what happened to an invoice: one to each buyer who has an order on it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.events import InvoiceIssued, InvoiceRejected, InvoiceReversed
from shop.invoicing.models import InvoiceOrder
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.ordering.models import Order


def tell_invoice_issued(session: Session, event: InvoiceIssued) -> None:
    _tell(session, Message.INVOICE_ISSUED, event.invoice_id, str(event.invoice_id))


def tell_invoice_rejected(session: Session, event: InvoiceRejected) -> None:
    _tell(session, Message.INVOICE_REJECTED, event.invoice_id, f"{event.invoice_id} {event.at}")


def tell_invoice_reversed(session: Session, event: InvoiceReversed) -> None:
    _tell(session, Message.INVOICE_REVERSED, event.invoice_id, str(event.invoice_id))


def _tell(session: Session, message: Message, invoice_id: int, key: str) -> None:
    now = utc_now()
    for order_id in _an_order_of_each_buyer(session, invoice_id):
        enqueue_message(
            session,
            message,
            order_id=order_id,
            invoice_id=invoice_id,
            dedupe_key=f"invoice {key} {order_id}",
            now=now,
        )


def _an_order_of_each_buyer(session: Session, invoice_id: int) -> Sequence[int]:
    """The newest; guests by their telephone."""
    who = sa.func.coalesce(sa.cast(Order.user_id, sa.String), Order.phone)
    newest = (
        sa.select(sa.func.max(Order.id))
        .join(InvoiceOrder, InvoiceOrder.order_id == Order.id)
        .where(InvoiceOrder.invoice_id == invoice_id)
        .group_by(who)
    )
    return sorted(session.scalars(newest).all())
