"""Invoices for all orders of a gift: as few as may be, since a gift has thousands and an invoice two hundred."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.invoicing.billing import billable
from shop.invoicing.handling import MOST_ORDERS
from shop.invoicing.models import InvoiceOrder
from shop.invoicing.one_for_many import ask_for_one_invoice
from shop.ordering.gift_models import OrderGift
from shop.ordering.models import Order


def ask_for_next_of_gift(
    session: Session, organisation: Organisation, gift_id: int, *, actor_id: int, now: datetime
) -> bool:
    """One more request, for orders of one seller that are on none; False where nothing is left to be asked for.

    Each in a transaction of its own, as orders are locked before requests. Raises as `ask_for_one_invoice`.
    """
    found = _next_orders(session, organisation.id, gift_id)
    if found is None:
        return False
    seller_id, numbers = found
    ask_for_one_invoice(session, organisation, seller_id, numbers, actor_id=actor_id, now=now)
    return True


def _next_orders(session: Session, organisation_id: int, gift_id: int) -> tuple[int, list[str]] | None:
    """Four statements at most."""
    orders = session.execute(
        sa.select(Order.id, Order.number)
        .join(OrderGift, OrderGift.order_id == Order.id)
        .where(
            OrderGift.gift_id == gift_id,
            Order.organisation_id == organisation_id,
            Order.confirmed_at.is_not(None),
        )
        .order_by(Order.id)
    ).all()
    numbers = {row.id: row.number for row in orders}
    on_requests = {
        (row.seller_id, row.order_id)
        for row in session.execute(
            sa.select(InvoiceOrder.seller_id, InvoiceOrder.order_id)
            .join(OrderGift, OrderGift.order_id == InvoiceOrder.order_id)
            .where(OrderGift.gift_id == gift_id, InvoiceOrder.waits.is_(True))
        )
    }
    left: dict[int, dict[int, int]] = {}
    for order_id, taxed in billable(session, list(numbers)).items():
        for key, fen in taxed.items():
            of_seller = left.setdefault(key.seller_id, {})
            of_seller[order_id] = of_seller.get(order_id, 0) + fen
    for seller_id, by_order in sorted(left.items()):
        ids = [one for one in numbers if by_order.get(one, 0) > 0 and (seller_id, one) not in on_requests]
        if ids:
            return seller_id, [numbers[one] for one in ids[:MOST_ORDERS]]
    return None
