"""Numbers of the tax platform: twenty digits, the first two of them the year, and each written down once."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.errors import NumberTaken
from shop.invoicing.models import DocumentKind, Invoice, PurchaseVoucher, RedLetter, TaxDocument
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import half_width, msg, tidy
from shop.kit.transitions import IllegalStep

_TWENTY: Final = re.compile(r"[0-9]{20}")
CONFIRMATION = msg("The number of a confirmation form has 20 digits.")
EARLIEST: Final = date(2021, 12, 1)  # no digital invoice is older


def read_document_number(typed: str) -> str:
    """The digits, typed in groups or in full width. Raises InvalidInput for the field `document_number`."""
    message = msg("The number of a digital invoice has 20 digits.")
    return _twenty_digits(typed, message, field="document_number")


def read_confirmation_number(typed: str) -> str:
    """As `read_document_number`, of a confirmation form (确认单). Raises InvalidInput for `confirmation_number`."""
    return _twenty_digits(typed, CONFIRMATION, field="confirmation_number")


def _twenty_digits(typed: str, message: str, *, field: str) -> str:
    digits = tidy(half_width(typed)).replace(" ", "").replace("-", "")
    if not _TWENTY.fullmatch(digits):
        raise InvalidInput(message, field=field)
    return digits


def judge_document(
    number: str,
    issued_on: date | None,
    *,
    not_before: date | None = None,
    too_early: str = "",
    now: datetime,
) -> dict[str, str]:
    """What cannot be right, by field. Before `not_before` there was nothing to issue it for: `too_early` says so."""
    if issued_on is None:
        return {"issued_on": msg("Please enter the day on which it was issued.")}
    if not EARLIEST <= issued_on <= shanghai_date(now):
        return {"issued_on": msg("This day lies in the future, or before there were digital invoices.")}
    if not_before is not None and issued_on < not_before:
        return {"issued_on": too_early}
    if number[:2] != f"{issued_on:%y}":
        return {
            "document_number": msg("The number begins with the year of issue: please compare number and day.")
        }
    return {}


def write_document(
    session: Session, kind: DocumentKind, number: str, issued_on: date, *, actor_id: int, now: datetime
) -> None:
    """Raises NumberTaken, naming what has it. Of two who write it at once, the second reads the same sentence."""
    if session.get(TaxDocument, number) is not None:
        raise NumberTaken(field="document_number", where=_whose(session, number))
    session.add(
        TaxDocument(number=number, kind=kind, issued_on=issued_on, recorded_at=now, recorded_by_id=actor_id)
    )
    session.flush()


def rewrite_document(
    session: Session,
    owner: Invoice | PurchaseVoucher | RedLetter,
    number: str,
    issued_on: date,
    *,
    actor_id: int,
    now: datetime,
    column: str = "document_number",
) -> dict[str, list[str]]:
    """What was mistyped of the document that `owner` has in this column; the mistyped number is free again.

    Returns before and after by field, nothing where nothing changes. Raises NumberTaken, and IllegalStep for an owner
    without such a document.
    """
    if getattr(owner, column) is None:
        raise IllegalStep()
    before = session.get_one(TaxDocument, getattr(owner, column))
    if (before.number, before.issued_on) == (number, issued_on):
        return {}
    changed = {
        "document_number": [before.number, number],
        "issued_on": [f"{before.issued_on}", f"{issued_on}"],
    }
    if before.number == number:
        before.issued_on = issued_on
        return changed
    write_document(session, before.kind, number, issued_on, actor_id=actor_id, now=now)
    setattr(owner, column, number)
    session.flush()
    session.execute(sa.delete(TaxDocument).where(TaxDocument.number == before.number))
    return changed


def _whose(session: Session, number: str) -> str:
    """Our own number of what has it."""
    invoice = sa.select(Invoice.number).where(Invoice.document_number == number)
    red = (
        sa.select(Invoice.number)
        .join(RedLetter, RedLetter.invoice_id == Invoice.id)
        .where(RedLetter.document_number == number)
    )
    of_number = sa.or_(PurchaseVoucher.document_number == number, PurchaseVoucher.red_number == number)
    voucher = sa.select(PurchaseVoucher.number).where(of_number)
    return session.scalar(sa.union_all(invoice, red, voucher).limit(1)) or number
