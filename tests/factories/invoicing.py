"""Invoices at work: asked for, issued, taken back, through the shop's own functions and reactions."""

from __future__ import annotations

from datetime import date
from typing import Final

import sqlalchemy as sa

from shop.invoicing.asking import ask_for_invoice
from shop.invoicing.billing import amounts_to_bill
from shop.invoicing.models import Invoice, InvoiceOrder, RedLetter
from shop.invoicing.recording import Issued, record_invoice
from shop.invoicing.red_letters import RedIssued, ask_confirmation, record_red_letter
from shop.kit.clock import shanghai_date
from shop.ordering.models import InvoiceKind
from shop.ordering.wish import InvoiceWish
from tests.factories.trade import Trade

COMPANY: Final = InvoiceWish(InvoiceKind.ORGANISATION, "秦南大学（工会）", "12610000MC7777772P")
PERSON: Final = InvoiceWish(InvoiceKind.PERSONAL, "林老师")


def document(trade: Trade, count: int) -> str:
    """A number of the tax platform, of this year."""
    return f"{shanghai_date(trade.now):%y}612{count:015d}"


def confirmation(count: int) -> str:
    """The number of a confirmation form."""
    return f"6109{count:016d}"


def ask(
    trade: Trade, order_id: int, wish: InvoiceWish = COMPANY, *, actor_id: int | None = None
) -> list[int]:
    """Returns the requests that wait for this order then."""
    trade.run(lambda s: ask_for_invoice(s, order_id, wish, actor_id=actor_id, now=trade.now))
    return waiting(trade, order_id)


def waiting(trade: Trade, order_id: int) -> list[int]:
    found = sa.select(InvoiceOrder.invoice_id).where(
        InvoiceOrder.order_id == order_id, InvoiceOrder.waits.is_(True)
    )
    return trade.run(lambda s: sorted(s.scalars(found)))


def to_bill(trade: Trade, invoice_id: int) -> int:
    return trade.run(lambda s: amounts_to_bill(s, [(invoice_id, s.get_one(Invoice, invoice_id).seller_id)]))[
        invoice_id
    ]


def issue(
    trade: Trade,
    invoice_id: int,
    count: int,
    *,
    fen: int | None = None,
    wish: InvoiceWish = COMPANY,
    day: date | None = None,
    reason: str = "",
) -> None:
    """Written down as the document says."""
    amount = to_bill(trade, invoice_id) if fen is None else fen
    issued = Issued(
        document(trade, count), day or shanghai_date(trade.now), amount, wish.title, wish.tax_number, reason
    )
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: record_invoice(s, invoice_id, issued, **who))


def take_back(trade: Trade, invoice_id: int, count: int) -> int | None:
    """The whole way of a red letter that is open; returns the new request for what is left."""
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda s: ask_confirmation(s, invoice_id, confirmation(count), no_answer_needed=True, **who))
    issued = RedIssued(
        document(trade, count), shanghai_date(trade.now), invoice(trade, invoice_id).amount_fen
    )
    again = trade.run(lambda s: record_red_letter(s, invoice_id, issued, **who))
    return again.id if again is not None else None


def invoice(trade: Trade, invoice_id: int) -> Invoice:
    return trade.run(lambda s: s.get_one(Invoice, invoice_id))


def red_letters(trade: Trade, invoice_id: int) -> list[RedLetter]:
    found = sa.select(RedLetter).where(RedLetter.invoice_id == invoice_id).order_by(RedLetter.id)
    return trade.run(lambda s: list(s.scalars(found)))


def invoices_of(trade: Trade, order_id: int) -> list[Invoice]:
    of_order = sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id == order_id)
    found = sa.select(Invoice).where(Invoice.id.in_(of_order)).order_by(Invoice.id)
    return trade.run(lambda s: list(s.scalars(found)))
