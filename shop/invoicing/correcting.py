"""A number that was mistyped here is put right; the document itself is right, so no red letter is needed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.documents import judge_document, read_document_number, write_document
from shop.invoicing.handling import said_why
from shop.invoicing.locking import lock_invoice
from shop.invoicing.models import DocumentKind, InvoiceStatus, TaxDocument
from shop.invoicing.recording import BEFORE_THE_ORDER, confirmed_on
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
    if invoice.status is not InvoiceStatus.ISSUED or invoice.document_number is None:
        raise IllegalStep()
    before = session.get_one(TaxDocument, invoice.document_number)
    if (before.number, before.issued_on) == (number, issued_on):
        return False
    facts = {"document_number": [before.number, number], "issued_on": [f"{before.issued_on}", f"{issued_on}"]}
    if before.number == number:
        before.issued_on = issued_on
    else:
        write_document(session, DocumentKind.INVOICE, number, issued_on, actor_id=actor_id, now=now)
        invoice.document_number = number
        session.flush()
        session.execute(sa.delete(TaxDocument).where(TaxDocument.number == before.number))
    for order in orders:
        note(session, order.id, "invoice_number_corrected", now, actor_id, number=number)
    facts_said = {**facts, "reason": said}
    audit(session, actor_id, "invoice.number_corrected", "invoice", invoice.number, facts_said, now=now)
    return True
