"""Taking an issued invoice back: confirmation asked for → confirmed → red-letter invoice issued. Always in full.

A refund opens one by itself. When it is issued, what is left to bill is asked for again at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.billing import billable, is_overbilled, parts_to_bill
from shop.invoicing.documents import (
    judge_document,
    read_confirmation_number,
    read_document_number,
    write_document,
)
from shop.invoicing.errors import RefundDemandsIt
from shop.invoicing.events import InvoiceReversed
from shop.invoicing.handling import said_why
from shop.invoicing.locking import lock_invoice
from shop.invoicing.models import (
    DocumentKind,
    Invoice,
    InvoiceOrder,
    InvoiceStatus,
    RedLetter,
    RedLetterCause,
    RedLetterStatus,
    TaxDocument,
)
from shop.invoicing.requests import step_to, wish_of, write_request
from shop.invoicing.transitions import OPEN_RED, RED_LETTERS
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.kit.text import msg
from shop.kit.transitions import IllegalStep
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.storage.event_log import record

IS_THE_FORM = msg("This is the number of the confirmation form. The red-letter invoice has one of its own.")
BEFORE_THE_INVOICE = msg("On this day the invoice that it takes back was not issued yet.")


@dataclass(frozen=True, slots=True)
class RedIssued:
    """What the red-letter invoice says, typed from it; `amount_fen` without its minus."""

    document_number: str
    issued_on: date | None
    amount_fen: int | None


def open_red_letter(
    session: Session,
    invoice: Invoice,
    cause: RedLetterCause,
    *,
    text: str = "",
    actor_id: int | None,
    now: datetime,
) -> RedLetter | None:
    """None when one is open already. The invoice and its orders are locked by the caller. Raises IllegalStep."""
    if invoice.status is not InvoiceStatus.ISSUED:
        raise IllegalStep()
    if _open_of(session, invoice.id) is not None:
        return None
    red = RedLetter(invoice_id=invoice.id, cause=cause, note=text, opened_at=now, opened_by_id=actor_id)
    session.add(red)
    session.flush()
    return red


def demand_red_letter(
    session: Session, invoice_id: int, cause: RedLetterCause, reason: str, *, actor_id: int, now: datetime
) -> None:
    """Somebody of finance found that the invoice is wrong. Raises InvalidInput, IllegalStep."""
    invoice, _ = lock_invoice(session, invoice_id)
    said = said_why(reason)
    red = open_red_letter(session, invoice, cause, text=said, actor_id=actor_id, now=now)
    if red is not None:
        facts = {"reason": said, "cause": cause}
        audit(session, actor_id, "red_letter.opened", "invoice", invoice.number, facts, now=now)


def ask_confirmation(
    session: Session,
    invoice_id: int,
    confirmation_number: str,
    *,
    no_answer_needed: bool,
    actor_id: int,
    now: datetime,
) -> None:
    """The confirmation form was sent; what the buyer has not used yet needs no answer of theirs.

    Raises InvalidInput, IllegalStep.
    """
    invoice, red = _lock(session, invoice_id)
    number = read_confirmation_number(confirmation_number)
    red.status = RED_LETTERS.step(red.status, RedLetterStatus.REQUESTED)
    red.confirmation_number, red.asked_at = number, now
    if no_answer_needed:
        red.status, red.confirmed_at = RED_LETTERS.step(red.status, RedLetterStatus.CONFIRMED), now
    facts = {"confirmation_number": number, "no_answer_needed": no_answer_needed}
    audit(session, actor_id, "red_letter.asked", "invoice", invoice.number, facts, now=now)


def note_confirmed(session: Session, invoice_id: int, *, actor_id: int, now: datetime) -> None:
    """The buyer confirmed it on the tax platform. Raises IllegalStep."""
    invoice, red = _lock(session, invoice_id)
    red.status = RED_LETTERS.step(red.status, RedLetterStatus.CONFIRMED)
    red.confirmed_at = now
    facts = {"confirmation_number": red.confirmation_number}
    audit(session, actor_id, "red_letter.confirmed", "invoice", invoice.number, facts, now=now)


def begin_again(session: Session, invoice_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """The buyer refused, said nothing for 72 hours, or the form was taken back. Raises InvalidInput, IllegalStep."""
    invoice, red = _lock(session, invoice_id)
    said = said_why(reason)
    facts = {"confirmation_number": red.confirmation_number, "reason": said}
    red.status = RED_LETTERS.step(red.status, RedLetterStatus.DUE)
    red.confirmation_number, red.asked_at, red.confirmed_at, red.note = "", None, None, said
    audit(session, actor_id, "red_letter.refused", "invoice", invoice.number, facts, now=now)


def drop_red_letter(session: Session, invoice_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    """Nobody needs it after all. Raises InvalidInput, RefundDemandsIt, IllegalStep."""
    invoice, red = _lock(session, invoice_id)
    said = said_why(reason)
    red.status = RED_LETTERS.step(red.status, RedLetterStatus.DROPPED)
    order_ids = _order_ids(session, invoice.id)
    if is_overbilled(billable(session, order_ids), invoice.seller_id, order_ids):
        raise RefundDemandsIt()
    red.note = said
    audit(session, actor_id, "red_letter.dropped", "invoice", invoice.number, {"reason": said}, now=now)


def record_red_letter(
    session: Session, invoice_id: int, issued: RedIssued, *, actor_id: int, now: datetime
) -> Invoice | None:
    """The red-letter invoice was issued: the invoice is reversed, and what is left is asked for again.

    Returns the new request, None when nothing is left, or when this was written before. Raises InvalidInput by field,
    NumberTaken, or IllegalStep before the buyer has confirmed.
    """
    invoice, orders = lock_invoice(session, invoice_id)
    number = read_document_number(issued.document_number)
    red = _newest_of(session, invoice_id)
    if red is not None and red.document_number == number:
        return None
    if red is None or red.status not in OPEN_RED:
        raise IllegalStep()
    RED_LETTERS.step(red.status, RedLetterStatus.ISSUED)
    of_invoice = session.get_one(TaxDocument, invoice.document_number).issued_on
    refuse_number_of_form(red, number)
    issued_on = _judge(invoice, issued, number, of_invoice, now)
    write_document(session, DocumentKind.RED_LETTER, number, issued_on, actor_id=actor_id, now=now)
    red.status, red.document_number = RedLetterStatus.ISSUED, number
    red.issued_at, red.issued_by_id = now, actor_id
    step_to(session, invoice, InvoiceStatus.REVERSED)
    for order in orders:
        note(session, order.id, "invoice_reversed", now, actor_id, number=number)
    again = _ask_again(session, invoice, orders, now)
    facts = {"document_number": number, "amount_fen": -(invoice.amount_fen or 0)}
    audit(session, actor_id, "red_letter.issued", "invoice", invoice.number, facts, now=now)
    record(session, InvoiceReversed(invoice.id, again is not None))
    return again


def refuse_number_of_form(red: RedLetter, number: str) -> None:
    """Both have twenty digits and stand on one page of the tax platform."""
    if number == red.confirmation_number:
        raise InvalidInput(IS_THE_FORM, field="document_number")


def _judge(invoice: Invoice, issued: RedIssued, number: str, of_invoice: date, now: datetime) -> date:
    errors = judge_document(
        number, issued.issued_on, not_before=of_invoice, too_early=BEFORE_THE_INVOICE, now=now
    )
    facts = {}
    if issued.amount_fen != invoice.amount_fen:
        errors["amount"] = msg("The red letter takes back the whole invoice: ¥%(whole)s.")
        facts["whole"] = format_yuan(invoice.amount_fen or 0)
    if errors or issued.issued_on is None:
        raise InvalidInput(errors=errors, **facts)
    return issued.issued_on


def _ask_again(session: Session, invoice: Invoice, orders: list[Order], now: datetime) -> Invoice | None:
    """For the orders of which something is left to bill; who waits for another request already keeps that one."""
    order_ids = [order.id for order in orders]
    left = billable(session, order_ids)
    waits = set(
        session.scalars(
            sa.select(InvoiceOrder.order_id).where(
                InvoiceOrder.order_id.in_(order_ids),
                InvoiceOrder.seller_id == invoice.seller_id,
                InvoiceOrder.waits.is_(True),
            )
        )
    )
    again = sorted({part.order_id for part in parts_to_bill(left, invoice.seller_id, order_ids)} - waits)
    if not again:
        return None
    return write_request(
        session, invoice.seller_id, again, wish_of(invoice), actor_id=None, now=now, replaces_id=invoice.id
    )


def _lock(session: Session, invoice_id: int) -> tuple[Invoice, RedLetter]:
    """Raises NotFound, or IllegalStep when no red letter is open."""
    invoice, _ = lock_invoice(session, invoice_id)
    red = _open_of(session, invoice_id)
    if red is None:
        raise IllegalStep()
    return invoice, red


def _open_of(session: Session, invoice_id: int) -> RedLetter | None:
    red = _newest_of(session, invoice_id)
    return red if red is not None and red.status in OPEN_RED else None


def _newest_of(session: Session, invoice_id: int) -> RedLetter | None:
    """Not one that was dropped. The invoice is locked, so it is as it stands."""
    return session.scalar(
        sa.select(RedLetter)
        .where(RedLetter.invoice_id == invoice_id, RedLetter.status != RedLetterStatus.DROPPED)
        .execution_options(populate_existing=True)
    )


def _order_ids(session: Session, invoice_id: int) -> list[int]:
    return list(
        session.scalars(sa.select(InvoiceOrder.order_id).where(InvoiceOrder.invoice_id == invoice_id))
    )
