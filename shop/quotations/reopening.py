"""A quotation whose order was called off before it was carried out: it waits for its answer again.

The row of the quotation follows with the next thing that somebody does to it, behind its lock and that of the order; until then
`is_called_off` says so.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderStatus
from shop.quotations.models import Quotation, QuotationAgreement, QuotationState
from shop.quotations.transitions import QUOTATIONS


def is_called_off() -> sa.ColumnElement[bool]:
    """SQL, of Quotation: it was accepted, and the order that came of it is cancelled."""
    dead = (
        sa.select(QuotationAgreement.order_id)
        .join(Order, Order.id == QuotationAgreement.order_id)
        .where(
            QuotationAgreement.quotation_id == Quotation.id,
            QuotationAgreement.ended_at.is_(None),
            Order.status == OrderStatus.CANCELLED,
        )
        .correlate(Quotation)
    )
    return dead.exists()


def called_off_order(session: Session, quotation_id: int) -> Order | None:
    """The last order that came of it, if that was called off. One statement."""
    last = session.scalar(
        sa.select(Order)
        .join(QuotationAgreement, QuotationAgreement.order_id == Order.id)
        .where(QuotationAgreement.quotation_id == quotation_id)
        .order_by(QuotationAgreement.order_id.desc())
        .limit(1)
    )
    return last if last is not None and last.status is OrderStatus.CANCELLED else None


def reopen_if_called_off(session: Session, quotation: Quotation, *, now: datetime) -> None:
    """The quotation is locked; locks its order. Money that comes for that order after all goes back: it is never revived."""
    agreement = session.scalar(
        sa.select(QuotationAgreement)
        .where(QuotationAgreement.quotation_id == quotation.id, QuotationAgreement.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if agreement is None:
        return
    order = lock_order(session, agreement.order_id)
    if order.status is not OrderStatus.CANCELLED:
        return
    order.cancel_requested_at = order.cancel_requested_at or now
    agreement.ended_at = now
    quotation.state = QUOTATIONS.step(quotation.state, QuotationState.QUOTED)
    quotation.waits_since = now
    session.flush()
