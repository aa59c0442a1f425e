"""An invoice by rate: what the clerk types on the tax platform, and what stands on a document."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.billing import billable, parts_to_bill
from shop.invoicing.models import Invoice, InvoicePart


@dataclass(frozen=True, slots=True)
class RateTotal:
    tax_rate_bp: int
    tax_exempt: bool
    fen: int


def rates_to_bill(session: Session, invoice: Invoice) -> list[RateTotal]:
    """Of a request as it stands now; its orders are loaded."""
    order_ids = [one.order_id for one in invoice.orders]
    totals: dict[tuple[int, bool], int] = {}
    for part in parts_to_bill(billable(session, order_ids), invoice.seller_id, order_ids):
        key = (part.key.tax_rate_bp, part.key.tax_exempt)
        totals[key] = totals.get(key, 0) + part.fen
    return [RateTotal(rate, exempt, fen) for (rate, exempt), fen in sorted(totals.items())]


def invoiced_rates(session: Session, invoice_id: int) -> list[RateTotal]:
    """Of an invoice that was issued."""
    key = (InvoicePart.tax_rate_bp, InvoicePart.tax_exempt)
    rows = session.execute(
        sa.select(*key, sa.cast(sa.func.sum(InvoicePart.amount_fen), sa.BigInteger))
        .where(InvoicePart.invoice_id == invoice_id)
        .group_by(*key)
        .order_by(*key)
    )
    return [RateTotal(rate, bool(exempt), fen) for rate, exempt, fen in rows]
