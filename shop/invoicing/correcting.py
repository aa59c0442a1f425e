"""A number that was mistyped here is put right; the document itself is right, so no red letter is needed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.documents import judge_document, read_document_number, rewrite_document
from shop.invoicing.handling import said_why
from shop.invoicing.locking import lock_invoice
from shop.invoicing.models import Invoice, InvoiceStatus, RedLetter, RedLetterStatus, TaxDocument
from shop.invoicing.recording import BEFORE_THE_ORDER, confirmed_on
from shop.invoicing.red_letters import BEFORE_THE_INVOICE, refuse_number_of_form
from shop.kit.errors import InvalidInput
from shop.kit.transitions import IllegalStep
from shop.ordering.history import note


def correct_number(
    session: Session,
    invoice_id: int,
    typed: str,
    issued_on: date | None,
    reason: str,
    *,
    actor_id: int,
    now: datetime,
) -> bool:
    """False when nothing changes. The mistyped number is free again: it may be another document's.

    Raises InvalidInput, NumberTaken, or IllegalStep unless the invoice is issued and not reversed.
    """
    invoice, orders = lock_invoice(session, invoice_id)
    number, said = read_document_number(typed), said_why(reason)
    errors = judge_document(
        number, issued_on, not_before=confirmed_on(orders), too_early=BEFORE_THE_ORDER, now=now
    )
    if errors or issued_on is None:
        raise InvalidInput(errors=errors)
    if invoice.status is not InvoiceStatus.ISSUED:
        raise IllegalStep()
    changed = rewrite_document(session, invoice, number, issued_on, actor_id=actor_id, now=now)
    if not changed:
        return False
    for order in orders:
        note(session, order.id, "invoice_number_corrected", now, actor_id, number=number)
    audit(
        session,
        actor_id,
        "invoice.number_corrected",
        "invoice",
        invoice.number,
        {**changed, "reason": said},
        now=now,
    )
    return True


def correct_red_number(
    session: Session,
    invoice_id: int,
    typed: str,
    issued_on: date | None,
    reason: str,
    *,
    actor_id: int,
    now: datetime,
) -> bool:
    """As `correct_number`, of the red letter that took the invoice back.

    Raises InvalidInput, NumberTaken, or IllegalStep unless the invoice is reversed.
    """
    invoice, orders = lock_invoice(session, invoice_id)
    number, said = read_document_number(typed), said_why(reason)
    red = _issued_red(session, invoice)
    refuse_number_of_form(red, number)
    of_invoice = session.get_one(TaxDocument, invoice.document_number).issued_on
    errors = judge_document(number, issued_on, not_before=of_invoice, too_early=BEFORE_THE_INVOICE, now=now)
    if errors or issued_on is None:
        raise InvalidInput(errors=errors)
    changed = rewrite_document(session, red, number, issued_on, actor_id=actor_id, now=now)
    if not changed:
        return False
    for order in orders:
        note(session, order.id, "red_number_corrected", now, actor_id, number=number)
    facts = {**changed, "reason": said}
    audit(session, actor_id, "red_letter.number_corrected", "invoice", invoice.number, facts, now=now)
    return True


def _issued_red(session: Session, invoice: Invoice) -> RedLetter:
    red = session.scalar(
        sa.select(RedLetter).where(
            RedLetter.invoice_id == invoice.id, RedLetter.status == RedLetterStatus.ISSUED
        )
    )
    if red is None:
        raise IllegalStep()
    return red
