"""Goods by weight that nobody has settled: their order says the most, and no invoice is issued for it before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.errors import WeightNotSettled
from shop.canteens.models import CanteenLine
from shop.canteens.weight_models import Weighing, WeighingState
from shop.invoicing.events import InvoiceToBeWritten
from shop.invoicing.models import InvoiceOrder
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment
from shop.payments.terms.debts import is_open_debt
from shop.purchases.board import Year
from shop.purchases.models import CountedPurchase
from shop.purchases.scope import bought_between

# SQL of Order: the scale still lowers its price.
_IS_UNSETTLED: Final = sa.and_(
    Order.status != OrderStatus.CANCELLED,
    sa.exists().where(CanteenLine.order_id == Order.id, CanteenLine.expected_g.is_not(None)),
    ~sa.exists().where(Weighing.order_id == Order.id, Weighing.state == WeighingState.SETTLED),
)


def unsettled_orders(session: Session, order_ids: Collection[int]) -> dict[int, str]:
    """Of these, by id the numbers of those whose price the scale still lowers. One statement."""
    rows = session.execute(
        sa.select(Order.id, Order.number).where(Order.id.in_(order_ids), _IS_UNSETTLED).order_by(Order.id)
    )
    return {row.id: row.number for row in rows}


def unsettled_debts(session: Session, organisation_id: int | None = None) -> dict[int, dict[str, int]]:
    """What is owed at most, by organisation and order number in fen. One statement."""
    wanted = (
        sa.select(Order.organisation_id, Order.number, Payment.due_fen)
        .join(Payment, Payment.order_id == Order.id)
        .where(is_open_debt(), Order.organisation_id.is_not(None), _IS_UNSETTLED)
    )
    if organisation_id is not None:
        wanted = wanted.where(Order.organisation_id == organisation_id)
    found: dict[int, dict[str, int]] = {}
    for owner_id, number, fen in session.execute(wanted.order_by(Order.id)):
        found.setdefault(owner_id or 0, {})[number] = fen
    return found


def unsettled_invoices(session: Session, invoice_ids: Collection[int]) -> frozenset[int]:
    """Of these, what waits and would bill goods that nobody has settled. One statement."""
    rows = session.scalars(
        sa.select(InvoiceOrder.invoice_id)
        .join(Order, Order.id == InvoiceOrder.order_id)
        .where(InvoiceOrder.invoice_id.in_(invoice_ids), InvoiceOrder.waits, _IS_UNSETTLED)
    )
    return frozenset(rows)


def unsettled_purchases(session: Session, year: Year) -> dict[int, int]:
    """What counts for a department this year at most, by department in fen. One statement."""
    fen = sa.cast(sa.func.sum(Order.total_fen - Order.refunded_fen), sa.BigInteger)
    rows = session.execute(
        sa.select(CountedPurchase.unit_id, fen)
        .join(Order, Order.id == CountedPurchase.order_id)
        .where(CountedPurchase.unit_id.is_not(None), bought_between(year.first, year.last), _IS_UNSETTLED)
        .group_by(CountedPurchase.unit_id)
    )
    return {unit_id or 0: fen for unit_id, fen in rows}


def unsettled_of(session: Session, organisation_id: int, year: Year) -> dict[str, int]:
    """What an organisation bought this year at most, by order number in fen. One statement."""
    rows = session.execute(
        sa.select(Order.number, Order.total_fen - Order.refunded_fen)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .where(
            CountedPurchase.organisation_id == organisation_id,
            bought_between(year.first, year.last),
            _IS_UNSETTLED,
        )
    )
    return {row[0]: row[1] for row in rows}


def refuse_unsettled(session: Session, event: InvoiceToBeWritten) -> None:
    """Raises WeightNotSettled; then no invoice is written down."""
    waiting = unsettled_orders(session, event.order_ids)
    if waiting:
        raise WeightNotSettled(orders=", ".join(waiting.values()))
