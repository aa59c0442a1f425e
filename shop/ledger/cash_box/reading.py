"""What should be in the box of a shelf, what was sold there on one day, and what was handed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import Organisation, User
from shop.kit.errors import NotFound
from shop.ledger.cash_box.models import CashCount
from shop.ordering.models import Channel, InvoiceKind, Order, OrderLine
from shop.ordering.outside.models import OutsideOrder, OutsideSource, PaidHow
from shop.ordering.shelves.models import Shelf
from shop.payments.models import Payment, PaymentStatus
from shop.storage.paging import First, read_first

MOST_SALES: Final = 300


@dataclass(frozen=True)
class SaleRow:
    number: str
    receipt: str
    sold_at: datetime
    total_fen: int
    back_fen: int
    paid_how: PaidHow

    @property
    def is_undone(self) -> bool:
        return self.back_fen == self.total_fen


@dataclass(frozen=True)
class Day:
    """`taken`: what each way of paying brought, less what was given back."""

    sales: Sequence[SaleRow]
    taken: Mapping[PaidHow, int]

    @property
    def total_fen(self) -> int:
        return sum(self.taken.values())


@dataclass(frozen=True)
class CountRow:
    row: CashCount
    first: str | None
    second: str | None


def cash_expected(session: Session, shelf_id: int) -> int:
    """In fen: paid in cash, less what goes back, less what two persons have handed over. Two statements."""
    came = (
        sa.select(
            sa.func.coalesce(
                sa.func.sum(sa.func.coalesce(Payment.received_fen, 0) - Payment.refunding_fen), 0
            )
        )
        .join(OutsideOrder, OutsideOrder.order_id == Payment.order_id)
        .join(Order, Order.id == Payment.order_id)
        .join(Shelf, Shelf.source_id == OutsideOrder.source_id)
        .where(
            Shelf.id == shelf_id,
            Order.channel == Channel.COUNTER,
            OutsideOrder.paid_how == PaidHow.CASH,
            Payment.status == PaymentStatus.SUCCEEDED,
        )
    )
    handed = sa.select(sa.func.coalesce(sa.func.sum(CashCount.expected_fen), 0)).where(
        CashCount.shelf_id == shelf_id, CashCount.second_at.is_not(None)
    )
    return int(session.scalar(came) or 0) - int(session.scalar(handed) or 0)


def day_of_shelf(session: Session, shelf_id: int, day: date) -> Day:
    """The newest sale first. One statement."""
    rows = session.execute(
        _sales()
        .where(Shelf.id == shelf_id, OutsideOrder.ordered_on == day)
        .order_by(Order.id.desc())
        .limit(MOST_SALES)
    )
    sales = [SaleRow(*row) for row in rows]
    taken: Counter[PaidHow] = Counter()
    for one in sales:
        taken[one.paid_how] += one.total_fen - one.back_fen
    return Day(sales, taken)


@dataclass(frozen=True)
class Receipt:
    sale: SaleRow
    shelf_id: int
    shelf_zh: str
    shelf_en: str
    organisation: str | None
    invoice_wanted: bool
    lines: Sequence[Any]


def receipt_of(session: Session, order_number: str, *, point_ids: frozenset[int]) -> Receipt:
    """A sale of own points, with its goods. Raises NotFound. Two statements."""
    from_own = _sales(
        *(Shelf.id, OutsideSource.name_zh, OutsideSource.name_en, Organisation.name),
        *(Order.invoice_kind != InvoiceKind.NONE, Order.id),
    )
    from_own = from_own.outerjoin(Organisation, Organisation.id == Order.organisation_id).where(
        Order.number == order_number, Shelf.pickup_point_id.in_(point_ids)
    )
    row = session.execute(from_own).one_or_none()
    if row is None:
        raise NotFound()
    *sale, shelf_id, name_zh, name_en, organisation, invoice, order_id = row
    lines = _lines(session, order_id)
    return Receipt(SaleRow(*sale), shelf_id, name_zh, name_en, organisation, bool(invoice), lines)


def counts_of(session: Session, shelf_id: int, *, limit: int = 20) -> Sequence[CountRow]:
    """The newest first. One statement."""
    first, second = aliased(User), aliased(User)

    def name(user: Any) -> sa.ColumnElement[str]:
        return sa.func.coalesce(sa.func.nullif(user.name, ""), user.email)

    rows = session.execute(
        sa.select(CashCount, name(first), name(second))
        .outerjoin(first, first.id == CashCount.first_id)
        .outerjoin(second, second.id == CashCount.second_id)
        .where(CashCount.shelf_id == shelf_id)
        .order_by(CashCount.id.desc())
        .limit(limit)
    )
    return [CountRow(*row) for row in rows]


def waiting_count(session: Session, shelf_id: int) -> CashCount | None:
    """What one person has counted, and no second one yet."""
    waits = (CashCount.second_at.is_(None), CashCount.taken_back_at.is_(None))
    return session.scalar(sa.select(CashCount).where(CashCount.shelf_id == shelf_id, *waits))


@dataclass(frozen=True)
class WaitingBox:
    shelf_id: int
    since: datetime
    name_zh: str
    name_en: str


def boxes_that_wait(session: Session, *, most: int) -> First[WaitingBox]:
    """Counted by one person alone, the oldest count first."""
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(CashCount.shelf_id, CashCount.first_at, OutsideSource.name_zh, OutsideSource.name_en)
        .join(Shelf, Shelf.id == CashCount.shelf_id)
        .join(OutsideSource, OutsideSource.id == Shelf.source_id)
        .where(CashCount.second_at.is_(None), CashCount.taken_back_at.is_(None))
        .order_by(CashCount.first_at, CashCount.id)
    )
    found = read_first(session, statement, most=most)
    return First([WaitingBox(*row) for row in found.items], found.total, found.added)


def _lines(session: Session, order_id: int) -> Sequence[Any]:
    from_lines = sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    return session.scalars(from_lines).all()


def _sales(*more: Any) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Order.number, OutsideOrder.number, Order.placed_at, Order.total_fen),
            *(Payment.refunding_fen, OutsideOrder.paid_how, *more),
        )
        .select_from(OutsideOrder)
        .join(Order, Order.id == OutsideOrder.order_id)
        .join(Payment, sa.and_(Payment.order_id == Order.id, Payment.status == PaymentStatus.SUCCEEDED))
        .join(Shelf, Shelf.source_id == OutsideOrder.source_id)
        .join(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
        .where(Order.channel == Channel.COUNTER)
    )
