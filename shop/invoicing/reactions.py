"""What invoicing does when something happened below it: an order is paid, money went back, a household was paid."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.invoicing.billing import amounts_to_bill, overbilled_invoices
from shop.invoicing.locking import waiting_of_order
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus, RedLetterCause
from shop.invoicing.red_letters import open_red_letter
from shop.invoicing.requests import (
    NOTHING_LEFT,
    join_request,
    open_requests,
    orders_to_bill,
    wish_of,
    withdraw,
    write_request,
)
from shop.invoicing.vouchers import open_vouchers
from shop.ledger.events import PayoutPaid
from shop.ordering.events import OneInvoiceWanted, OrderConfirmed
from shop.ordering.history import note
from shop.ordering.models import Channel, InvoiceKind, Order
from shop.ordering.wish import InvoiceWish
from shop.payments.events import OwedMore, RefundSucceeded
from shop.payments.models import Refund
from shop.storage.locks import LockRank, lock_rows


def request_wanted_invoices(session: Session, event: OrderConfirmed) -> None:
    """Who chose an invoice at checkout has asked for it; who called the order off before its money came has not."""
    order = session.get_one(Order, event.order_id)
    if order.invoice_kind is InvoiceKind.NONE or order.cancel_requested_at is not None:
        return
    if order.channel is Channel.CAMPAIGN:  # one invoice over all of its campaign, once that is closed
        return
    wish = InvoiceWish(order.invoice_kind, order.invoice_title, order.tax_number)
    open_requests(session, order, wish, actor_id=order.user_id, now=order.confirmed_at or order.placed_at)


def request_one_invoice(session: Session, event: OneInvoiceWanted) -> None:
    """One request to each seller over all orders in which it sold something; those that wait on another one stay there."""
    organisation = session.get_one(Organisation, event.organisation_id)
    wish = InvoiceWish(InvoiceKind.ORGANISATION, organisation.invoice_title, organisation.tax_number)
    to_bill = orders_to_bill(session, event.order_ids)
    waiting = waiting_of_order(session, event.beside_id) if event.beside_id is not None and to_bill else []
    joined = {one.seller_id: one for one in waiting if wish_of(one) == wish}
    for seller_id, order_ids in to_bill.items():
        if seller_id in joined:
            join_request(session, joined[seller_id], order_ids, actor_id=event.user_id, now=event.at)
            continue
        write_request(session, seller_id, order_ids, wish, actor_id=event.user_id, now=event.at)


def follow_refund(session: Session, event: RefundSucceeded) -> None:
    """An issued invoice that bills too much now needs a red letter; a request with nothing left is withdrawn.

    The order is locked: the refund was settled behind its lock.
    """
    refund = session.get_one(Refund, event.refund_id)
    now = refund.settled_at or refund.created_at
    too_much = overbilled_invoices(session, event.order_id)
    for invoice in lock_rows(session, LockRank.INVOICE, sa.select(Invoice).where(Invoice.id.in_(too_much))):
        red = open_red_letter(session, invoice, RedLetterCause.REFUND, actor_id=None, now=now)
        if red is not None:
            note(session, event.order_id, "red_letter_due", now, number=invoice.number)
    waiting = waiting_of_order(session, event.order_id)
    amounts = amounts_to_bill(session, [(one.id, one.seller_id) for one in waiting]) if waiting else {}
    for invoice in waiting:
        if not amounts[invoice.id]:
            withdraw(session, invoice, NOTHING_LEFT, actor_id=None, now=now)


def ask_for_the_rest(session: Session, event: OwedMore) -> None:
    """It is on no invoice yet: where one was issued, another one is asked for, in its words.

    Before anything was issued the request that waits bills it.
    """
    issued = session.scalar(
        sa.select(Invoice)
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(InvoiceOrder.order_id == event.order_id, Invoice.status == InvoiceStatus.ISSUED)
        .order_by(Invoice.id.desc())
        .limit(1)
    )
    if issued is not None:
        order = session.get_one(Order, event.order_id)
        open_requests(session, order, wish_of(issued), actor_id=None, now=event.at)


def demand_vouchers(session: Session, event: PayoutPaid) -> None:
    """A seller that buys from households needs a voucher for what it paid one."""
    open_vouchers(session, event.payout_id)
