"""The invoices of one order, each in a line, for who decides about the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus, RedLetter
from shop.invoicing.transitions import OPEN_RED


@dataclass(frozen=True)
class OrderInvoice:
    id: int
    number: str
    status: InvoiceStatus
    document_number: str | None
    is_red_due: bool

    @property
    def state(self) -> str:
        return "red_due" if self.is_red_due else self.status

    @property
    def stands(self) -> bool:
        """It was issued and not taken back: money that goes back needs a red letter."""
        return self.status is InvoiceStatus.ISSUED


def invoices_in_short(session: Session, order_id: int) -> Sequence[OrderInvoice]:
    """Those that the order stands on, the newest last. One statement."""
    red = sa.exists().where(RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(OPEN_RED))
    rows = session.execute(
        sa.select(Invoice.id, Invoice.number, Invoice.status, Invoice.document_number, red)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(InvoiceOrder.order_id == order_id)
        .order_by(Invoice.id)
    )
    return [OrderInvoice(*row) for row in rows]
