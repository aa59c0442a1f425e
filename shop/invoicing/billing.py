"""What an invoice for some orders would say now: what was paid, did not go back, and is on no other invoice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import Invoice, InvoiceOrder, InvoicePart, InvoiceStatus
from shop.invoicing.tax_book import standing_after_refunds, standing_by_order
from shop.invoicing.tax_parts import Taxed, TaxKey


@dataclass(frozen=True, slots=True)
class Part:
    """So much of one order at one rate."""

    order_id: int
    key: TaxKey
    fen: int


def billable(session: Session, order_ids: Collection[int]) -> dict[int, Taxed]:
    """By order and key; negative where more is billed than was paid and stays paid. Three statements, or four."""
    left = standing_after_refunds(session, order_ids)
    for order_id, key, fen in _billed(session, order_ids):
        of_order = left.setdefault(order_id, {})
        of_order[key] = of_order.get(key, 0) - fen
    return left


def parts_to_bill(left: Mapping[int, Taxed], seller_id: int, order_ids: Sequence[int]) -> list[Part]:
    """What one seller can bill of these orders. Pure."""
    return [
        Part(order_id, key, fen)
        for order_id in order_ids
        for key, fen in sorted(left.get(order_id, {}).items())
        if key.seller_id == seller_id and fen > 0
    ]


def is_overbilled(left: Mapping[int, Taxed], seller_id: int, order_ids: Sequence[int]) -> bool:
    """Whether a red letter has to come first. Pure."""
    return any(
        fen < 0 and key.seller_id == seller_id
        for order_id in order_ids
        for key, fen in left.get(order_id, {}).items()
    )


def amounts_to_bill(session: Session, invoices: Sequence[tuple[int, int]]) -> dict[int, int]:
    """In fen, of requests that wait: (id, seller id). A fixed number of statements for any number of them."""
    orders: dict[int, list[int]] = {invoice_id: [] for invoice_id, _ in invoices}
    wanted = sa.select(InvoiceOrder.invoice_id, InvoiceOrder.order_id).where(
        InvoiceOrder.invoice_id.in_(orders)
    )
    for invoice_id, order_id in session.execute(wanted):
        orders[invoice_id].append(order_id)
    left = billable(session, {order_id for of_one in orders.values() for order_id in of_one})
    return {
        invoice_id: sum(part.fen for part in parts_to_bill(left, seller_id, orders[invoice_id]))
        for invoice_id, seller_id in invoices
    }


def overbilled_invoices(session: Session, order_id: int) -> list[int]:
    """Issued invoices that bill more of this order than was paid and stays paid, now that money went back.

    Of several, the newest is taken back first, and no more than have to be.
    """
    surplus: Taxed = {
        key: -fen for key, fen in standing_by_order(session, [order_id]).get(order_id, {}).items()
    }
    newest_first = session.execute(
        _issued_parts([order_id]).add_columns(Invoice.id).order_by(Invoice.id.desc())
    ).all()
    for _, seller_id, rate, exempt, fen, _ in newest_first:
        key = TaxKey(seller_id, rate, bool(exempt))
        surplus[key] = surplus.get(key, 0) + fen
    reversed_ids = []
    for _, seller_id, rate, exempt, fen, invoice_id in newest_first:
        key = TaxKey(seller_id, rate, bool(exempt))
        if surplus[key] > 0:
            surplus[key] -= fen
            reversed_ids.append(invoice_id)
    return sorted(set(reversed_ids))


def _billed(session: Session, order_ids: Collection[int]) -> list[tuple[int, TaxKey, int]]:
    return [
        (order_id, TaxKey(seller_id, rate, bool(exempt)), fen)
        for order_id, seller_id, rate, exempt, fen in session.execute(_issued_parts(order_ids))
    ]


def _issued_parts(order_ids: Collection[int]) -> sa.Select[int, int, int, bool, int]:
    """Of invoices that no red letter has taken back."""
    return (
        sa.select(
            InvoicePart.order_id,
            Invoice.seller_id,
            InvoicePart.tax_rate_bp,
            InvoicePart.tax_exempt,
            InvoicePart.amount_fen,
        )
        .join(Invoice, Invoice.id == InvoicePart.invoice_id)
        .where(InvoicePart.order_id.in_(order_ids), Invoice.status == InvoiceStatus.ISSUED)
    )
