"""An invoice is locked after its orders: what they allow to bill stands still until the transaction ends."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import Invoice, InvoiceOrder
from shop.kit.errors import Conflict, NotFound
from shop.ordering.locking import lock_orders
from shop.ordering.models import Order
from shop.storage.locks import LockRank, lock_rows


def lock_invoice(session: Session, invoice_id: int) -> tuple[Invoice, list[Order]]:
    """The invoice and its orders as they are now. Raises NotFound, or Conflict when its orders went elsewhere."""
    invoices, orders = lock_invoices(session, [invoice_id])
    return invoices[0], orders


def lock_invoices(session: Session, invoice_ids: Collection[int]) -> tuple[list[Invoice], list[Order]]:
    """Several, by id, and the orders of all of them."""
    wanted = set(invoice_ids)
    before = _orders_of(session, wanted)
    orders = lock_orders(session, {order_id for _, order_id in before})
    invoices = lock_rows(session, LockRank.INVOICE, sa.select(Invoice).where(Invoice.id.in_(wanted)))
    if len(invoices) != len(wanted):
        raise NotFound()
    if _orders_of(session, wanted) != before:
        raise Conflict()
    return invoices, orders


def waiting_of_order(session: Session, order_id: int) -> list[Invoice]:
    """Requests for an order that is locked already, and that are not issued. Locks them."""
    of_order = sa.select(InvoiceOrder.invoice_id).where(
        InvoiceOrder.order_id == order_id, InvoiceOrder.waits.is_(True)
    )
    return lock_rows(session, LockRank.INVOICE, sa.select(Invoice).where(Invoice.id.in_(of_order)))


def order_ids_of(session: Session, invoice_id: int) -> list[int]:
    return [order_id for _, order_id in sorted(_orders_of(session, {invoice_id}))]


def _orders_of(session: Session, invoice_ids: Collection[int]) -> set[tuple[int, int]]:
    rows = session.execute(
        sa.select(InvoiceOrder.invoice_id, InvoiceOrder.order_id).where(
            InvoiceOrder.invoice_id.in_(invoice_ids)
        )
    )
    return {(invoice_id, order_id) for invoice_id, order_id in rows}
