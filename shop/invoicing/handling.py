"""What finance does with requests before they are issued: reject, correct the title, put together, take apart."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.asking import say_otherwise
from shop.invoicing.errors import IssuedAlready, NotAlike
from shop.invoicing.events import InvoiceRejected
from shop.invoicing.locking import lock_invoice, lock_invoices, order_ids_of
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.invoicing.requests import step_to, wish_of, withdraw, write_request
from shop.invoicing.transitions import WAITING
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.kit.transitions import IllegalStep
from shop.ordering.history import note
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.sellers import refuse_own_number
from shop.ordering.wish import InvoiceWish
from shop.storage.event_log import record

MOST_ORDERS: Final = 200  # on one invoice
LONGEST_REASON: Final = 300


def reject_request(session: Session, invoice_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """It cannot be issued like this; the buyer reads why, and may ask again. Raises InvalidInput, IllegalStep."""
    invoice, orders = lock_invoice(session, invoice_id)
    said = said_why(reason)
    step_to(session, invoice, InvoiceStatus.REJECTED)
    invoice.reason = said
    for order in orders:
        note(session, order.id, "invoice_rejected", now, actor_id, number=invoice.number, reason=said)
    audit(session, actor_id, "invoice.rejected", "invoice", invoice.number, {"reason": said}, now=now)
    record(session, InvoiceRejected(invoice.id, now.isoformat()))


def withdraw_request(session: Session, invoice_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """Nobody wants it any more. Raises InvalidInput, IllegalStep."""
    invoice, _ = lock_invoice(session, invoice_id)
    said = said_why(reason)
    withdraw(session, invoice, said, actor_id=actor_id, now=now)
    audit(session, actor_id, "invoice.withdrawn", "invoice", invoice.number, {"reason": said}, now=now)


def retitle_request(
    session: Session, invoice_id: int, wish: InvoiceWish, *, actor_id: int, now: datetime
) -> bool:
    """What the buyer said on the telephone; False when it says that already. Raises IssuedAlready, IllegalStep, InvalidInput."""
    invoice, orders = lock_invoice(session, invoice_id)
    _refuse_issued(invoice)
    if wish_of(invoice) == wish and invoice.status is InvoiceStatus.REQUESTED:
        return False
    refuse_own_number(session, wish.tax_number, [invoice.seller_id])
    before = {"title": invoice.title, "tax_number": invoice.tax_number}
    say_otherwise(session, invoice, wish, actor_id=actor_id, now=now)
    for order in orders:
        order.invoice_kind, order.invoice_title, order.tax_number = wish.kind, wish.title, wish.tax_number
    said = {"title": wish.title, "tax_number": wish.tax_number}
    changes = {name: [before[name], said[name]] for name in said if before[name] != said[name]}
    audit(session, actor_id, "invoice.retitled", "invoice", invoice.number, now=now, personal=changes)
    return True


def put_together(
    session: Session, invoice_id: int, others: Collection[int], *, actor_id: int, now: datetime
) -> None:
    """One invoice for the orders of several requests that are alike. Raises NotAlike, IllegalStep, InvalidInput."""
    wanted = {invoice_id, *others}
    invoices, orders = lock_invoices(session, wanted)
    if len(wanted) < 2:
        raise InvalidInput(msg("Please choose at least one other request."), field="others")
    if len(orders) > MOST_ORDERS:
        raise InvalidInput(msg("At most %(most)s orders on one invoice."), field="others", most=MOST_ORDERS)
    target = next(one for one in invoices if one.id == invoice_id)
    if any(one.status is not InvoiceStatus.REQUESTED for one in invoices):
        raise IllegalStep()
    _refuse_unlike(target, invoices, orders)
    merged = [one for one in invoices if one is not target]
    for one in merged:
        _move_orders(session, one, target)
        one.merged_into_id = target.id
        step_to(session, one, InvoiceStatus.MERGED)
    facts = {"numbers": [one.number for one in merged]}
    audit(session, actor_id, "invoice.merged", "invoice", target.number, facts, now=now)


def take_out(session: Session, invoice_id: int, order_id: int, *, actor_id: int, now: datetime) -> Invoice:
    """An order gets a request of its own again, with the next number. Raises NotFound, IllegalStep, IssuedAlready."""
    invoice, orders = lock_invoice(session, invoice_id)
    _refuse_issued(invoice)
    if order_id not in {order.id for order in orders}:
        raise NotFound()
    if len(orders) < 2:
        raise IllegalStep()
    session.execute(
        sa.delete(InvoiceOrder).where(
            InvoiceOrder.invoice_id == invoice_id, InvoiceOrder.order_id == order_id
        )
    )
    own = write_request(session, invoice.seller_id, [order_id], wish_of(invoice), actor_id=actor_id, now=now)
    facts = {"numbers": [own.number]}
    audit(session, actor_id, "invoice.taken_apart", "invoice", invoice.number, facts, now=now)
    return own


def said_why(reason: str, field: str = "reason") -> str:
    """Raises InvalidInput for nothing said."""
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field=field)
    return said


def _refuse_issued(invoice: Invoice) -> None:
    if invoice.status in {InvoiceStatus.ISSUED, InvoiceStatus.REVERSED}:
        raise IssuedAlready()
    if invoice.status not in WAITING:
        raise IllegalStep()


def _refuse_unlike(target: Invoice, invoices: Collection[Invoice], orders: Collection[Order]) -> None:
    """An organisation's orders by its number; a person's only with each other, since names are no proof."""
    alike = {(one.seller_id, one.kind, one.title, one.tax_number) for one in invoices}
    buyers = {order.user_id for order in orders}
    one_buyer = len(buyers) == 1 and None not in buyers
    if len(alike) > 1 or (target.kind is not InvoiceKind.ORGANISATION and not one_buyer):
        raise NotAlike()


def _move_orders(session: Session, source: Invoice, target: Invoice) -> None:
    """An order that stands on both already (none should) stays where it is."""
    known = set(order_ids_of(session, target.id))
    for order_id in order_ids_of(session, source.id):
        if order_id not in known:
            session.execute(
                sa.update(InvoiceOrder)
                .where(InvoiceOrder.invoice_id == source.id, InvoiceOrder.order_id == order_id)
                .values(invoice_id=target.id)
                .execution_options(synchronize_session=False)
            )
