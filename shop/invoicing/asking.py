"""A buyer asks for an invoice after the order, says something else on it, or wants none any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import settings_at
from shop.invoicing.errors import NothingToBill, NotYetConfirmed, OfSeveralOrders, TooLateToAsk
from shop.invoicing.locking import waiting_of_order
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.invoicing.requests import NOT_WANTED, open_requests, step_to, wish_of, withdraw
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import InvoiceKind, Order, OrderLine
from shop.ordering.sellers import refuse_own_number
from shop.ordering.wish import InvoiceWish


def ask_for_invoice(
    session: Session, order_id: int, wish: InvoiceWish, *, actor_id: int | None, now: datetime
) -> bool:
    """Say what the invoices of an order are to say; those that wait follow, others are asked for anew.

    False when that was said before. Locks the order, then its requests. A rejected request is asked for again.
    Raises NotYetConfirmed, OfSeveralOrders, TooLateToAsk, NothingToBill, or InvalidInput for a seller's own tax number.
    """
    order = lock_order(session, order_id)
    if order.confirmed_at is None:
        raise NotYetConfirmed()
    of_order = session.scalars(sa.select(OrderLine.seller_id).where(OrderLine.order_id == order_id))
    refuse_own_number(session, wish.tax_number, of_order.unique().all())
    waiting = waiting_of_order(session, order_id)
    _refuse_others(session, order, waiting)
    changed = [one for one in waiting if _change(session, one, wish, actor_id=actor_id, now=now)]
    opened: list[Invoice] = []
    if wish.kind is not InvoiceKind.NONE:
        (days,) = settings_at(session, order.placed_at, "invoice_days")
        in_time = now < order.confirmed_at + timedelta(days=days)
        if in_time:
            opened = open_requests(session, order, wish, actor_id=actor_id, now=now)
        if not waiting and not opened:
            raise NothingToBill() if in_time else TooLateToAsk()
    order.invoice_kind, order.invoice_title, order.tax_number = wish.kind, wish.title, wish.tax_number
    return bool(changed or opened)


def may_ask(order: Order, now: datetime, invoice_days: int) -> bool:
    """Whether the time to ask has begun and is not over."""
    return order.confirmed_at is not None and now < order.confirmed_at + timedelta(days=invoice_days)


def _refuse_others(session: Session, order: Order, waiting: list[Invoice]) -> None:
    """What stands on a request for several orders is changed by their one buyer, or by the shop."""
    for invoice in waiting:
        others = session.scalars(
            sa.select(Order.user_id)
            .join(InvoiceOrder, InvoiceOrder.order_id == Order.id)
            .where(InvoiceOrder.invoice_id == invoice.id, Order.id != order.id)
        ).all()
        if others and (order.user_id is None or set(others) != {order.user_id}):
            raise OfSeveralOrders()


def _change(
    session: Session, invoice: Invoice, wish: InvoiceWish, *, actor_id: int | None, now: datetime
) -> bool:
    if wish.kind is InvoiceKind.NONE:
        withdraw(session, invoice, NOT_WANTED, actor_id=actor_id, now=now)
        return True
    is_again = invoice.status is InvoiceStatus.REJECTED
    if not is_again and wish_of(invoice) == wish:
        return False
    say_otherwise(session, invoice, wish, actor_id=actor_id, now=now)
    return True


def say_otherwise(
    session: Session, invoice: Invoice, wish: InvoiceWish, *, actor_id: int | None, now: datetime
) -> None:
    """Another title; a rejected request waits again. The invoice is locked by the caller."""
    if invoice.status is InvoiceStatus.REJECTED:
        step_to(session, invoice, InvoiceStatus.REQUESTED)
        invoice.reason, invoice.requested_at = "", now
    invoice.kind, invoice.title, invoice.tax_number = wish.kind, wish.title, wish.tax_number
    order_ids = sa.select(InvoiceOrder.order_id).where(InvoiceOrder.invoice_id == invoice.id)
    for order_id in session.scalars(order_ids).all():
        note(session, order_id, "invoice_changed", now, actor_id, number=invoice.number)
