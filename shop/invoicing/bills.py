"""An organisation's orders of a month as bills: what each costs with each seller, whether it is paid, where its invoice is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import Seller
from shop.invoicing.billing import billable
from shop.invoicing.models import Invoice, InvoiceOrder, InvoiceStatus
from shop.invoicing.tax_book import standing_after_refunds
from shop.invoicing.tax_parts import Taxed
from shop.kit.clock import day_range, months_before, shanghai_date
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus
from shop.payments.terms.crediting import carries_an_order
from shop.storage.paging import Page, read_page

ORDERS_A_PAGE: Final = 100
_SHOWN: Final = (InvoiceStatus.REQUESTED, InvoiceStatus.REJECTED, InvoiceStatus.ISSUED)


@dataclass(frozen=True, slots=True)
class BilledOrder:
    """`due_fen` is what is still owed of it, `due_at` the last moment of the day until when."""

    id: int
    number: str
    user_id: int | None
    recipient: str
    confirmed_at: datetime
    total_fen: int
    refunded_fen: int
    on_account: bool
    due_fen: int
    due_at: datetime | None
    paid_at: datetime | None

    @property
    def due_on(self) -> date | None:
        return shanghai_date(self.due_at) if self.due_at is not None else None

    def is_overdue(self, now: datetime) -> bool:
        return self.due_fen > 0 and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class BillInvoice:
    """The newest request or invoice of an order with a seller, and on how many orders it is."""

    number: str
    status: InvoiceStatus
    document_number: str | None
    reason: str
    orders: int


@dataclass(frozen=True, slots=True)
class BillRow:
    """One order's part with one seller: `stands_fen` of it was sold and neither went back nor is on its way, `left_fen` can still be billed;
    what waits on a request is part of it.
    """

    order: BilledOrder
    stands_fen: int
    left_fen: int
    invoice: BillInvoice | None

    @property
    def may_be_chosen(self) -> bool:
        return self.left_fen > 0

    @property
    def papers(self) -> str:
        """The number of the bill that its papers are for, where it is one of several orders."""
        return self.invoice.number if self.invoice is not None and self.invoice.orders > 1 else ""


@dataclass(frozen=True)
class SellerBills:
    seller_id: int
    name_zh: str
    name_en: str
    rows: Sequence[BillRow]


@dataclass(frozen=True)
class MonthOfBills:
    first: date
    last: date
    sellers: Sequence[SellerBills]
    found: Page[Any]


def bills_of_month(session: Session, organisation_id: int, month: date, *, page: int = 1) -> MonthOfBills:
    """Orders that were confirmed in this month of Shanghai, the newest first. A fixed number of statements."""
    last = date.fromordinal(months_before(month, -1).toordinal() - 1)
    start, end = day_range(month, last)
    statement = (
        _orders()
        .where(
            Order.organisation_id == organisation_id, Order.confirmed_at >= start, Order.confirmed_at < end
        )
        .order_by(Order.confirmed_at.desc(), Order.id.desc())
    )
    found = read_page(session, statement, number=page, size=ORDERS_A_PAGE)
    orders = [BilledOrder(*row) for row in found.items]
    return MonthOfBills(month, last, _by_seller(session, orders), found)


def _by_seller(session: Session, orders: Sequence[BilledOrder]) -> list[SellerBills]:
    ids = [order.id for order in orders]
    stands, left = _by_pair(standing_after_refunds(session, ids)), _by_pair(billable(session, ids))
    sellers = session.execute(
        sa.select(Seller.id, Seller.name_zh, Seller.name_en)
        .where(Seller.id.in_({seller_id for seller_id, _ in stands}))
        .order_by(Seller.id)
    ).all()
    invoices = _invoices(session, ids)
    return [
        SellerBills(
            seller_id,
            name_zh,
            name_en,
            [
                BillRow(order, stands[pair], left.get(pair, 0), invoices.get(pair))
                for order in orders
                if (pair := (seller_id, order.id)) in stands
            ],
        )
        for seller_id, name_zh, name_en in sellers
    ]


def _by_pair(by_order: Mapping[int, Taxed]) -> dict[tuple[int, int], int]:
    """By seller and order, over all rates. Pure."""
    sums: dict[tuple[int, int], int] = {}
    for order_id, taxed in by_order.items():
        for key, fen in taxed.items():
            sums[key.seller_id, order_id] = sums.get((key.seller_id, order_id), 0) + fen
    return sums


def _invoices(session: Session, order_ids: Sequence[int]) -> Mapping[tuple[int, int], BillInvoice]:
    """By seller and order, the newest that stands or waits. One statement."""
    other = aliased(InvoiceOrder)
    count = sa.select(sa.func.count()).where(other.invoice_id == Invoice.id).scalar_subquery()
    rows = session.execute(
        sa.select(
            *(Invoice.seller_id, InvoiceOrder.order_id),
            *(Invoice.number, Invoice.status, Invoice.document_number, Invoice.reason, count),
        )
        .join(InvoiceOrder, InvoiceOrder.invoice_id == Invoice.id)
        .where(InvoiceOrder.order_id.in_(order_ids), Invoice.status.in_(_SHOWN))
        .order_by(Invoice.id)
    )
    return {(row[0], row[1]): BillInvoice(*row[2:]) for row in rows}


def _orders() -> sa.Select[*tuple[Any, ...]]:
    is_debt = sa.and_(Payment.provider == ON_ACCOUNT, Payment.status == PaymentStatus.PENDING)
    columns: tuple[Any, ...] = (
        *(Order.id, Order.number, Order.user_id, Order.recipient, Order.confirmed_at),
        *(Order.total_fen, Order.refunded_fen, Order.payment_method == ON_ACCOUNT),
        *(sa.case((is_debt, Payment.due_fen), else_=0), sa.case((is_debt, Payment.expires_at))),
        Payment.succeeded_at,
    )
    return sa.select(*columns).outerjoin(Payment, sa.and_(Payment.order_id == Order.id, carries_an_order()))
