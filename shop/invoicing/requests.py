"""A request for an invoice is opened, changed and withdrawn: of each order one to each of its sellers.

The order is locked by the caller or here, so a request never bills what a refund takes at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.billing import billable, is_overbilled, parts_to_bill
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus, Series
from shop.invoicing.number_series import take_number
from shop.invoicing.transitions import INVOICES, WAITING
from shop.ordering.history import note
from shop.ordering.locking import lock_orders
from shop.ordering.models import Order
from shop.ordering.wish import InvoiceWish

NOTHING_LEFT = "nothing_left"  # reasons that the shop itself writes; their words stand in `words`
NOT_WANTED = "not_wanted"


def open_requests(
    session: Session, order: Order, wish: InvoiceWish, *, actor_id: int | None, now: datetime
) -> list[Invoice]:
    """A request to each seller of the order with whom something is left to bill and none waits."""
    left = billable(session, [order.id])
    sellers = sorted({key.seller_id for key in left.get(order.id, {})})
    waits = sa.select(InvoiceOrder.seller_id).where(
        InvoiceOrder.order_id == order.id, InvoiceOrder.waits.is_(True)
    )
    asked = set(session.scalars(waits))
    opened = []
    for seller_id in sellers:
        has_parts = parts_to_bill(left, seller_id, [order.id]) and not is_overbilled(
            left, seller_id, [order.id]
        )
        if has_parts and seller_id not in asked:
            opened.append(write_request(session, seller_id, [order.id], wish, actor_id=actor_id, now=now))
    return opened


def orders_to_bill(session: Session, order_ids: Sequence[int]) -> dict[int, list[int]]:
    """By seller the orders of which something is left to bill, and none waits. Locks the orders."""
    orders = [order.id for order in lock_orders(session, order_ids)]
    left = billable(session, orders)
    waits = sa.select(InvoiceOrder.order_id, InvoiceOrder.seller_id).where(
        InvoiceOrder.order_id.in_(orders), InvoiceOrder.waits.is_(True)
    )
    asked = {(order_id, seller_id) for order_id, seller_id in session.execute(waits)}
    found: dict[int, list[int]] = {}
    for order_id in orders:
        for seller_id in {key.seller_id for key in left.get(order_id, {})}:
            if (order_id, seller_id) not in asked and parts_to_bill(left, seller_id, [order_id]):
                found.setdefault(seller_id, []).append(order_id)
    return dict(sorted(found.items()))


def write_request(
    session: Session,
    seller_id: int,
    order_ids: Sequence[int],
    wish: InvoiceWish,
    *,
    actor_id: int | None,
    now: datetime,
    replaces_id: int | None = None,
) -> Invoice:
    """With the seller's next number. The orders are locked by the caller."""
    own = take_number(session, seller_id, Series.REQUEST)
    invoice = Invoice(
        seller_id=seller_id,
        sequence=own.sequence,
        number=own.text,
        kind=wish.kind,
        title=wish.title,
        tax_number=wish.tax_number,
        requested_at=now,
        requested_by_id=actor_id,
        replaces_id=replaces_id,
        orders=[InvoiceOrder(order_id=order_id, seller_id=seller_id) for order_id in order_ids],
    )
    session.add(invoice)
    session.flush()
    for order_id in order_ids:
        note(session, order_id, "invoice_requested", now, actor_id, number=own.text)
    return invoice


def join_request(
    session: Session, invoice: Invoice, order_ids: Sequence[int], *, actor_id: int | None, now: datetime
) -> None:
    """More orders on a request that waits. The orders and the request are locked by the caller."""
    session.add_all(
        InvoiceOrder(invoice_id=invoice.id, order_id=order_id, seller_id=invoice.seller_id)
        for order_id in order_ids
    )
    session.flush()
    for order_id in order_ids:
        note(session, order_id, "invoice_requested", now, actor_id, number=invoice.number)


def wish_of(invoice: Invoice) -> InvoiceWish:
    return InvoiceWish(invoice.kind, invoice.title, invoice.tax_number)


def step_to(session: Session, invoice: Invoice, status: InvoiceStatus) -> None:
    """Raises IllegalStep. Its orders wait for it exactly while it is requested or rejected."""
    invoice.status = INVOICES.step(invoice.status, status)
    session.flush()
    session.execute(
        sa.update(InvoiceOrder)
        .where(InvoiceOrder.invoice_id == invoice.id)
        .values(waits=status in WAITING)
        .execution_options(synchronize_session=False)
    )


def withdraw(session: Session, invoice: Invoice, reason: str, *, actor_id: int | None, now: datetime) -> None:
    """Nothing will be issued for it; its number stays used."""
    order_ids = session.scalars(
        sa.select(InvoiceOrder.order_id).where(InvoiceOrder.invoice_id == invoice.id)
    ).all()
    step_to(session, invoice, InvoiceStatus.WITHDRAWN)
    invoice.reason = reason
    for order_id in order_ids:
        note(session, order_id, "invoice_withdrawn", now, actor_id, number=invoice.number)
