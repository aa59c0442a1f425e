"""Invoices of the orders, as the tax platform gave them out, and why one is not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Seller
from shop.invoicing.desk import file_name
from shop.invoicing.files import stored_name
from shop.invoicing.models import Invoice, InvoiceFile, InvoiceOrder, InvoiceStatus, RedLetter
from shop.invoicing.transitions import OPEN_RED
from shop.kit.text import msg
from shop.reimbursement.goods import Goods
from shop.reimbursement.section import Original, Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue

_SHOWN = (InvoiceStatus.REQUESTED, InvoiceStatus.REJECTED, InvoiceStatus.ISSUED)


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    id: int
    number: str
    seller_zh: str
    seller_en: str
    status: InvoiceStatus
    requested_at: datetime
    document_number: str | None
    amount_fen: int | None
    reason: str
    is_red_due: bool


def read_invoices(session: Session, order_ids: Sequence[int]) -> tuple[list[InvoiceFacts], set[int]]:
    """What stands or waits, and the orders that are on one of them. Two statements."""
    on_them = sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id.in_(order_ids))
    red = sa.exists().where(RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(OPEN_RED))
    columns: tuple[Any, ...] = (
        *(Invoice.id, Invoice.number, Seller.name_zh, Seller.name_en, Invoice.status, Invoice.requested_at),
        *(Invoice.document_number, Invoice.amount_fen, Invoice.reason, red),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Seller, Seller.id == Invoice.seller_id)
        .where(Invoice.id.in_(on_them), Invoice.status.in_(_SHOWN))
        .order_by(Invoice.id)
    )
    found = [InvoiceFacts(*row) for row in rows]
    covered = session.scalars(
        sa.select(InvoiceOrder.order_id)
        .where(InvoiceOrder.invoice_id.in_([one.id for one in found]), InvoiceOrder.order_id.in_(order_ids))
        .distinct()
    )
    return found, set(covered)


def invoice_section(session: Session, goods: Goods, say: Tongue) -> Section:
    """Three statements."""
    found, covered = read_invoices(session, [one.id for one in goods.orders])
    files: dict[int, list[InvoiceFile]] = {}
    of_them = sa.select(InvoiceFile).where(
        InvoiceFile.invoice_id.in_([one.id for one in found]), InvoiceFile.red.is_(False)
    )
    for file in session.scalars(of_them.order_by(InvoiceFile.id)):
        files.setdefault(file.invoice_id, []).append(file)
    says, originals, complete = [], [], bool(found)
    for one in found:
        own = files.get(one.id, [])
        said, is_there = _said(one, bool(own), say)
        says.append(said)
        complete = complete and is_there
        originals += [
            Original(stored_name(file.key, file.kind), file_name(one.document_number or one.number, file))
            for file in own
        ]
    without = [one for one in goods.orders if one.id not in covered and one.refunded_fen < one.total_fen]
    if without:
        complete = False
        says.append(
            say(
                msg("No invoice was asked for yet for %(orders)s. Ask on the page of bills."),
                orders=_numbers(without),
            )
        )
    if not says:
        says.append(say(msg("Everything went back: there is nothing to invoice.")))
        complete = True
    standing = Standing.THERE if complete else Standing.MISSING
    return Section(SectionKey.INVOICE, standing, tuple(says), tuple(originals))


def _said(one: InvoiceFacts, has_files: bool, say: Tongue) -> tuple[str, bool]:
    """And whether nothing of it is missing."""
    facts = {"number": one.number, "seller": say.name(one, "seller")}
    if one.status is InvoiceStatus.REQUESTED:
        words = msg("%(number)s of %(seller)s: asked for on %(day)s, the invoice is not recorded yet.")
        return say(words, **facts, day=say.day(one.requested_at)), False
    if one.status is InvoiceStatus.REJECTED:
        words = msg("%(number)s of %(seller)s: could not be issued (%(why)s). Correct it and ask again.")
        return say(words, **facts, why=one.reason), False
    issued = {"document": one.document_number or "", "amount": say.yuan(one.amount_fen or 0)} | facts
    if one.is_red_due:
        words = msg(
            "Invoice %(document)s of %(seller)s is being taken back by a red letter; a new one follows."
        )
        return say(words, **issued), False
    if not has_files:
        words = msg("Invoice %(document)s of %(seller)s, %(amount)s: its file is not here yet.")
        return say(words, **issued), False
    return say(msg("Invoice %(document)s of %(seller)s, %(amount)s."), **issued), True


def _numbers(orders: Sequence[Any]) -> str:
    """The first of them, and that there are others."""
    named = "、".join(one.number for one in orders[:5])
    return f"{named} … ({len(orders)})" if len(orders) > 5 else named
