"""An organisation asks one seller for one invoice over several of its orders, in its own title."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import Organisation
from shop.accounts.shop_settings import value_on, values_since
from shop.invoicing.asking import say_otherwise
from shop.invoicing.billing import billable, is_overbilled, parts_to_bill
from shop.invoicing.errors import (
    NotYetConfirmed,
    OnAnotherRequest,
    OrderBilled,
    OrderTooOld,
    RedLetterFirst,
)
from shop.invoicing.handling import MOST_ORDERS
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.invoicing.requests import step_to, wish_of, write_request
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.ordering.history import note
from shop.ordering.locking import lock_orders
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.sellers import refuse_own_number
from shop.ordering.wish import InvoiceWish
from shop.storage.locks import LockRank, lock_rows


def ask_for_one_invoice(
    session: Session,
    organisation: Organisation,
    seller_id: int,
    numbers: Collection[str],
    *,
    actor_id: int,
    now: datetime,
) -> Invoice:
    """The request on which all these orders then stand, and no others; asked again, it is the same.

    Requests that wait for them become this one. Locks the orders, so each of them is on one request however many ask.
    Raises InvalidInput, NotFound for an order of others, NotYetConfirmed, OrderBilled, OrderTooOld, RedLetterFirst, or
    OnAnotherRequest where one waits on a request together with orders that were not chosen.
    """
    orders = _lock_own(session, organisation, numbers)
    wish = InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number)
    refuse_own_number(session, wish.tax_number, [seller_id])
    waiting = _lock_waiting(session, seller_id, [order.id for order in orders])
    on_them = _refuse_strangers(session, waiting, orders)
    free = [order for order in orders if order.id not in on_them]
    if len(waiting) == 1 and not free and _says(waiting[0], wish):
        return waiting[0]
    _refuse_unbillable(session, seller_id, orders, free, now)
    target = _gather(session, seller_id, waiting, free, wish, actor_id=actor_id, now=now)
    for order in orders:
        order.invoice_kind, order.invoice_title, order.tax_number = wish.kind, wish.title, wish.tax_number
    facts = {"orders": len(orders)}
    audit(session, actor_id, "invoice.asked_for_many", "invoice", target.number, facts, now=now)
    return target


def _lock_own(session: Session, organisation: Organisation, numbers: Collection[str]) -> list[Order]:
    wanted = set(numbers)
    if not wanted:
        raise InvalidInput(msg("Please choose at least one order."), field="orders")
    if len(wanted) > MOST_ORDERS:
        raise InvalidInput(msg("At most %(most)s orders on one invoice."), field="orders", most=MOST_ORDERS)
    own = sa.select(Order.id).where(Order.number.in_(wanted), Order.organisation_id == organisation.id)
    ids = session.scalars(own).all()
    if len(ids) != len(wanted):
        raise NotFound()
    orders = lock_orders(session, ids)
    if any(order.confirmed_at is None for order in orders):
        raise NotYetConfirmed()
    return orders


def _lock_waiting(session: Session, seller_id: int, order_ids: Sequence[int]) -> list[Invoice]:
    of_them = sa.select(InvoiceOrder.invoice_id).where(
        InvoiceOrder.order_id.in_(order_ids),
        InvoiceOrder.seller_id == seller_id,
        InvoiceOrder.waits.is_(True),
    )
    return lock_rows(session, LockRank.INVOICE, sa.select(Invoice).where(Invoice.id.in_(of_them)))


def _refuse_strangers(session: Session, waiting: Sequence[Invoice], orders: Sequence[Order]) -> set[int]:
    """The orders that are on these requests. Raises OnAnotherRequest where there are others beside the chosen ones."""
    chosen = {order.id for order in orders}
    rows = session.execute(
        sa.select(InvoiceOrder.order_id, InvoiceOrder.invoice_id).where(
            InvoiceOrder.invoice_id.in_([one.id for one in waiting])
        )
    ).all()
    strange = {invoice_id for order_id, invoice_id in rows if order_id not in chosen}
    if strange:
        named = next(one.number for one in waiting if one.id in strange)
        raise OnAnotherRequest(field="orders", number=named)
    return {order_id for order_id, _ in rows}


def _refuse_unbillable(
    session: Session, seller_id: int, orders: Sequence[Order], free: Sequence[Order], now: datetime
) -> None:
    left = billable(session, [order.id for order in orders])
    if is_overbilled(left, seller_id, [order.id for order in orders]):
        raise RedLetterFirst()
    for order in orders:
        if not parts_to_bill(left, seller_id, [order.id]):
            raise OrderBilled(field="orders", number=order.number)
    said = values_since(session, "invoice_days")
    for order in free:
        span = timedelta(days=value_on(said, order.placed_at))
        if order.confirmed_at is not None and now >= order.confirmed_at + span:
            raise OrderTooOld(field="orders", number=order.number)


def _gather(
    session: Session,
    seller_id: int,
    waiting: Sequence[Invoice],
    free: Sequence[Order],
    wish: InvoiceWish,
    *,
    actor_id: int,
    now: datetime,
) -> Invoice:
    """The oldest request takes the orders of the others, and those that are on none."""
    if not waiting:
        return write_request(
            session, seller_id, [order.id for order in free], wish, actor_id=actor_id, now=now
        )
    target, *others = waiting
    for one in waiting:
        if not _says(one, wish):
            say_otherwise(session, one, wish, actor_id=actor_id, now=now)
    for one in others:
        session.execute(
            sa.update(InvoiceOrder)
            .where(InvoiceOrder.invoice_id == one.id)
            .values(invoice_id=target.id)
            .execution_options(synchronize_session=False)
        )
        one.merged_into_id = target.id
        step_to(session, one, InvoiceStatus.MERGED)
    for order in free:
        session.add(InvoiceOrder(invoice_id=target.id, order_id=order.id, seller_id=seller_id))
        note(session, order.id, "invoice_requested", now, actor_id, number=target.number)
    session.flush()
    return target


def _says(invoice: Invoice, wish: InvoiceWish) -> bool:
    return invoice.status is InvoiceStatus.REQUESTED and wish_of(invoice) == wish
