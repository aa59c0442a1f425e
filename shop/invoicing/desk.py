"""Invoices as finance and buyers read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import Seller
from shop.invoicing.billing import amounts_to_bill
from shop.invoicing.models import (
    FileKind,
    Invoice,
    InvoiceFile,
    InvoiceOrder,
    InvoiceStatus,
    RedLetter,
    TaxDocument,
)
from shop.invoicing.transitions import OPEN_RED, WAITING
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.ordering.models import InvoiceKind, Order, OrderLine
from shop.ordering.what_stands import UNITS
from shop.storage.paging import First, Page, read_first, read_page


class InvoiceState(StrEnum):
    """A list's choices: the statuses, what waits for finance, and issued ones with an open red letter."""

    WAITING = "waiting"
    REQUESTED = "requested"
    RED_DUE = "red_due"
    ISSUED = "issued"
    REVERSED = "reversed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


@dataclass(frozen=True)
class FoundInvoice:
    """`amount_fen` of what waits is what it would bill now. `since`: when what it waits for began."""

    id: int
    number: str
    seller_zh: str
    seller_en: str
    kind: InvoiceKind
    title: str
    orders: int
    status: InvoiceStatus
    requested_at: datetime
    red_since: datetime | None
    document_number: str | None
    issued_on: date | None
    amount_fen: int
    is_at_most: bool = False  # goods by weight are not settled yet; whoever shows it says so

    @property
    def state(self) -> str:
        return InvoiceState.RED_DUE if self.red_since else self.status

    @property
    def since(self) -> datetime | None:
        if self.red_since is not None:
            return self.red_since
        return self.requested_at if self.status is InvoiceStatus.REQUESTED else None


def find_invoices(
    session: Session,
    *,
    state: InvoiceState | None,
    seller_id: int | None = None,
    typed: str = "",
    older_than: datetime | None = None,
    page: int = 1,
) -> Page[FoundInvoice]:
    """The oldest first while they wait, else the newest first. A fixed number of statements."""
    conditions = (
        _in_state(state),
        sa.true() if seller_id is None else Invoice.seller_id == seller_id,
        sa.true() if older_than is None else _waits_since(older_than),
        _matches(tidy(typed)),
    )
    waits = state in {InvoiceState.WAITING, InvoiceState.REQUESTED}
    at = Invoice.requested_at if waits else Invoice.id.desc()
    found = read_page(session, _listed(*conditions).order_by(at, Invoice.id), number=page)
    return found.map(_with_amounts(session, found.items))


def first_waiting(session: Session, *, most: int) -> First[FoundInvoice]:
    """What waits for finance, the oldest request first; how many there are. Two statements at most."""
    oldest = _listed(waiting_for_finance()).order_by(Invoice.requested_at, Invoice.id)
    found = read_first(session, oldest, most=most)
    return found.map(_with_amounts(session, found.items))


def _listed(*conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    orders = sa.select(sa.func.count()).where(InvoiceOrder.invoice_id == Invoice.id).scalar_subquery()
    columns: tuple[Any, ...] = (Invoice.id, Invoice.seller_id, Invoice.number, Seller.name_zh, Seller.name_en)
    columns += (Invoice.kind, Invoice.title, orders, Invoice.status, Invoice.requested_at, _red_since())
    columns += (Invoice.document_number, TaxDocument.issued_on, Invoice.amount_fen)
    return (
        sa.select(*columns)
        .join(Seller, Seller.id == Invoice.seller_id)
        .outerjoin(TaxDocument, TaxDocument.number == Invoice.document_number)
        .where(*conditions)
    )


def _with_amounts(session: Session, rows: Sequence[Any]) -> Callable[[Any], FoundInvoice]:
    """How a listed row is shown: what waits says what it would bill now."""
    waiting = [(row[0], row[1]) for row in rows if row[8] in WAITING]
    amounts = amounts_to_bill(session, waiting) if waiting else {}

    def shown(row: Any) -> FoundInvoice:
        invoice_id, _, *rest, amount_fen = row
        facts: list[Any] = [invoice_id, *rest, amounts.get(invoice_id, amount_fen or 0)]
        return FoundInvoice(*facts)

    return shown


def waiting_for_finance() -> sa.ColumnElement[bool]:
    """SQL: requests to issue, and issued ones to take back."""
    return sa.or_(Invoice.status == InvoiceStatus.REQUESTED, _has_open_red())


def read_invoice(session: Session, invoice_id: int) -> Invoice:
    """With everything that hangs on it. Raises NotFound."""
    invoice = session.scalar(_whole().where(Invoice.id == invoice_id))
    if invoice is None:
        raise NotFound()
    return invoice


def invoices_of_order(session: Session, order_id: int) -> Sequence[Invoice]:
    """Those that the order stands on, the newest last."""
    of_order = sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id == order_id)
    return session.scalars(_whole().where(Invoice.id.in_(of_order)).order_by(Invoice.id)).all()


def goods_to_bill(session: Session, invoice: Invoice) -> Sequence[OrderLine]:
    """The lines of its orders that its seller sold, as the tax platform wants them one by one."""
    order_ids = [one.order_id for one in invoice.orders]
    wanted = sa.select(OrderLine).where(
        OrderLine.order_id.in_(order_ids), OrderLine.seller_id == invoice.seller_id
    )
    return session.scalars(wanted.options(joinedload(OrderLine.order)).order_by(OrderLine.id)).all()


def units_that_stand(session: Session, lines: Sequence[OrderLine]) -> dict[int, int]:
    """By line: without units that left their order, and none of an order that was called off or paid back in whole."""
    wanted = sa.select(OrderLine.id, UNITS).join(Order, Order.id == OrderLine.order_id)
    return dict(session.execute(wanted.where(OrderLine.id.in_([line.id for line in lines]))).all())


def alike_requests(session: Session, invoice: Invoice) -> Sequence[Invoice]:
    """Other requests that one document could be for. A person's only of the same account."""
    if invoice.status is not InvoiceStatus.REQUESTED:
        return []
    statement = sa.select(Invoice).where(
        Invoice.id != invoice.id,
        Invoice.seller_id == invoice.seller_id,
        Invoice.status == InvoiceStatus.REQUESTED,
        Invoice.kind == invoice.kind,
        Invoice.title == invoice.title,
        Invoice.tax_number == invoice.tax_number,
    )
    if invoice.kind is not InvoiceKind.ORGANISATION:
        user_ids = {one.order.user_id for one in invoice.orders}
        if len(user_ids) != 1 or None in user_ids:
            return []
        others = sa.select(InvoiceOrder.invoice_id).join(Order, Order.id == InvoiceOrder.order_id)
        statement = statement.where(Invoice.id.in_(others.where(Order.user_id.in_(user_ids))))
    with_orders = selectinload(Invoice.orders).joinedload(InvoiceOrder.order)
    return session.scalars(statement.options(with_orders).order_by(Invoice.id).limit(100)).all()


def find_file(
    session: Session, file_id: int, *, invoice_id: int | None = None, order_id: int | None = None
) -> tuple[InvoiceFile, str]:
    """A file and our number of its invoice; of this invoice or this order, where one is given. Raises NotFound."""
    statement = (
        sa.select(InvoiceFile, Invoice.number)
        .join(Invoice, Invoice.id == InvoiceFile.invoice_id)
        .where(InvoiceFile.id == file_id)
    )
    if invoice_id is not None:
        statement = statement.where(InvoiceFile.invoice_id == invoice_id)
    if order_id is not None:
        of_order = sa.select(InvoiceOrder.invoice_id).where(InvoiceOrder.order_id == order_id)
        statement = statement.where(InvoiceFile.invoice_id.in_(of_order))
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1]


def file_name(number: str, file: InvoiceFile) -> str:
    """As it is saved: our own number, and whether it is the red letter."""
    return f"{number}{'-red' if file.red else ''}.{FileKind(file.kind)}"


def _whole() -> sa.Select[Invoice]:
    return sa.select(Invoice).options(
        joinedload(Invoice.seller),
        joinedload(Invoice.document),
        joinedload(Invoice.replaces),
        joinedload(Invoice.merged_into),
        selectinload(Invoice.orders).joinedload(InvoiceOrder.order),
        selectinload(Invoice.files),
        selectinload(Invoice.red_letters).joinedload(RedLetter.document),
    )


def _has_open_red() -> sa.ColumnElement[bool]:
    return sa.exists().where(RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(OPEN_RED))


def _red_since() -> sa.ScalarSelect[Any]:
    since = sa.select(RedLetter.opened_at).where(
        RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(OPEN_RED)
    )
    return since.limit(1).scalar_subquery()


def _in_state(state: InvoiceState | None) -> sa.ColumnElement[bool]:
    if state is None:
        return sa.true()
    if state is InvoiceState.WAITING:
        return waiting_for_finance()
    if state is InvoiceState.RED_DUE:
        return _has_open_red()
    if state is InvoiceState.ISSUED:
        return sa.and_(Invoice.status == InvoiceStatus.ISSUED, ~_has_open_red())
    return Invoice.status == InvoiceStatus(state)


def _waits_since(moment: datetime) -> sa.ColumnElement[bool]:
    old_red = sa.exists().where(
        RedLetter.invoice_id == Invoice.id, RedLetter.status.in_(OPEN_RED), RedLetter.opened_at < moment
    )
    asked = sa.and_(Invoice.status == InvoiceStatus.REQUESTED, Invoice.requested_at < moment)
    return sa.or_(asked, old_red)


def _matches(typed: str) -> sa.ColumnElement[bool]:
    """By our number, the document's, the title, the tax number, or an order's number."""
    if not typed:
        return sa.true()
    pattern = f"%{like_pattern(typed)}%"
    of_order = sa.select(InvoiceOrder.invoice_id).join(Order, Order.id == InvoiceOrder.order_id)
    return sa.or_(
        Invoice.number.ilike(pattern, escape="\\"),
        Invoice.title.ilike(pattern, escape="\\"),
        Invoice.tax_number == typed.upper(),
        Invoice.document_number == typed.replace(" ", ""),
        Invoice.id.in_(of_order.where(Order.number == typed.upper())),
    )
