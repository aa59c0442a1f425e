"""Which orders an invoice is of, by our number or by that of the tax platform."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import Invoice, InvoiceOrder
from shop.ordering.models import Order


def orders_invoiced_as(session: Session, text: str) -> frozenset[str]:
    """One statement."""
    wanted = text.strip().upper()
    statement = (
        sa.select(Order.number)
        .join(InvoiceOrder, InvoiceOrder.order_id == Order.id)
        .join(Invoice, Invoice.id == InvoiceOrder.invoice_id)
        .where(sa.or_(Invoice.number == wanted, Invoice.document_number == wanted))
    )
    return frozenset(session.scalars(statement))
