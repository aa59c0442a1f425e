"""An invoice that was issued on the tax platform is written down: once, for what is billable, to whom asked for it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.invoicing.billing import Part, billable, is_overbilled, parts_to_bill
from shop.invoicing.documents import judge_document, read_document_number, write_document
from shop.invoicing.errors import NothingToBill, RedLetterFirst
from shop.invoicing.events import InvoiceIssued, InvoiceToBeWritten
from shop.invoicing.locking import lock_invoice
from shop.invoicing.models import DocumentKind, Invoice, InvoicePart, InvoiceStatus
from shop.invoicing.requests import step_to
from shop.invoicing.transitions import INVOICES
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.money import format_yuan
from shop.kit.text import half_width, msg, tidy
from shop.ordering.history import note
from shop.ordering.models import InvoiceKind, Order
from shop.ordering.sellers import refuse_own_number
from shop.storage.event_log import record

BEFORE_THE_ORDER = msg(
    "On this day the order was not confirmed yet. Please compare the day with the document."
)


@dataclass(frozen=True, slots=True)
class Issued:
    """What the document says, typed from it. `difference_reason`: why it says another title or number than asked."""

    document_number: str
    issued_on: date | None
    amount_fen: int | None
    title: str
    tax_number: str = ""
    difference_reason: str = ""


class DiffersFromRequest(InvalidInput):
    """The document says another title or tax number than was asked for; with a reason it is taken all the same."""

    code = "invoice_differs"
    default_message = msg(
        "The invoice says something else than was asked for. If that is right, say why below."
    )


def record_invoice(
    session: Session, invoice_id: int, issued: Issued, *, actor_id: int, now: datetime
) -> None:
    """Write it down; the buyer gets a letter. The same number for the same request is written once.

    Locks the orders, then the invoice. Raises InvalidInput by field, DiffersFromRequest, NumberTaken, NothingToBill,
    RedLetterFirst, or IllegalStep for what does not wait.
    """
    invoice, orders = lock_invoice(session, invoice_id)
    number = read_document_number(issued.document_number)
    if invoice.document_number == number:
        return
    INVOICES.step(invoice.status, InvoiceStatus.ISSUED)
    parts = _parts(session, invoice, orders)
    amount_fen = sum(part.fen for part in parts)
    refuse_own_number(session, issued.tax_number, [invoice.seller_id])
    _judge(invoice, issued, number, amount_fen, confirmed_on(orders), now)
    write_document(session, DocumentKind.INVOICE, number, _day(issued), actor_id=actor_id, now=now)
    _issue(session, invoice, issued, number, amount_fen, actor_id=actor_id, now=now)
    session.add_all(_part(invoice.id, part) for part in parts)
    for order in orders:
        note(session, order.id, "invoice_issued", now, actor_id, number=number)
    facts: dict[str, Any] = {"document_number": number, "amount_fen": amount_fen}
    if invoice.difference_reason:
        facts["reason"] = invoice.difference_reason
    audit(session, actor_id, "invoice.issued", "invoice", invoice.number, facts, now=now)
    record(session, InvoiceToBeWritten(tuple(order.id for order in orders)))
    record(session, InvoiceIssued(invoice.id))


def same_words(one: str, other: str) -> bool:
    """Titles are alike whatever width their brackets have and wherever somebody put a space."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _parts(session: Session, invoice: Invoice, orders: Sequence[Order]) -> list[Part]:
    order_ids = [order.id for order in orders]
    left = billable(session, order_ids)
    if is_overbilled(left, invoice.seller_id, order_ids):
        raise RedLetterFirst()
    parts = parts_to_bill(left, invoice.seller_id, order_ids)
    if not parts:
        raise NothingToBill()
    return parts


def confirmed_on(orders: Sequence[Order]) -> date | None:
    """The first day on which one invoice for all of them could be issued."""
    days = [shanghai_date(order.confirmed_at) for order in orders if order.confirmed_at is not None]
    return max(days, default=None)


def _judge(
    invoice: Invoice, issued: Issued, number: str, amount_fen: int, confirmed: date | None, now: datetime
) -> None:
    errors = judge_document(
        number, issued.issued_on, not_before=confirmed, too_early=BEFORE_THE_ORDER, now=now
    )
    facts: dict[str, Any] = {}
    if issued.amount_fen != amount_fen:
        errors["amount"] = msg(
            "What was paid and not refunded makes ¥%(billable)s. The invoice must say exactly that."
        )
        facts["billable"] = format_yuan(amount_fen)
    if errors:
        raise InvalidInput(errors=errors, **facts)
    differs = differences(invoice, issued)
    if differs and not tidy(issued.difference_reason):
        raise DiffersFromRequest(
            errors={**differs, "difference_reason": msg("Please say why.")}, **_asked(invoice)
        )


def differences(invoice: Invoice, issued: Issued) -> dict[str, str]:
    """By field, how the document is not what was asked for."""
    differs = {}
    if not same_words(issued.title, invoice.title):
        differs["title"] = msg("Asked for: %(asked_title)s")
    is_organisation = invoice.kind is InvoiceKind.ORGANISATION
    if is_organisation and not same_words(issued.tax_number, invoice.tax_number):
        differs["tax_number"] = msg("Asked for: %(asked_tax_number)s")
    if not is_organisation and issued.tax_number.strip():
        differs["tax_number"] = msg("Nobody asked for a tax number on it.")
    return differs


def _asked(invoice: Invoice) -> Mapping[str, str]:
    return {"asked_title": invoice.title, "asked_tax_number": invoice.tax_number}


def _day(issued: Issued) -> date:
    if issued.issued_on is None:
        raise InvalidInput(msg("Please enter the day on which it was issued."), field="issued_on")
    return issued.issued_on


def _issue(
    session: Session,
    invoice: Invoice,
    issued: Issued,
    number: str,
    amount_fen: int,
    *,
    actor_id: int,
    now: datetime,
) -> None:
    invoice.document_number, invoice.amount_fen = number, amount_fen
    invoice.issued_title = tidy(issued.title)[:120]
    invoice.issued_tax_number = tidy(half_width(issued.tax_number)).upper()[:20]
    invoice.issued_at, invoice.issued_by_id = now, actor_id
    if differences(invoice, issued):
        invoice.difference_reason = tidy(issued.difference_reason)[:300]
    step_to(session, invoice, InvoiceStatus.ISSUED)


def _part(invoice_id: int, part: Part) -> InvoicePart:
    return InvoicePart(
        invoice_id=invoice_id,
        order_id=part.order_id,
        tax_rate_bp=part.key.tax_rate_bp,
        tax_exempt=part.key.tax_exempt,
        amount_fen=part.fen,
    )
