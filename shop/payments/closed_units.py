"""Units that left a paid order: their price goes back to the buyer, and never more than was paid."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation
from shop.ordering.closing import prices_of
from shop.ordering.events import UnitsClosed
from shop.payments.errors import NothingToRefund
from shop.payments.models import Refund, RefundBearer, RefundLine, RefundStatus
from shop.payments.refund_limits import RefundedUnits
from shop.payments.refund_settling import OPEN
from shop.payments.refunds import payment_to_refund, write_refund


def give_price_back(session: Session, event: UnitsClosed) -> None:
    refund_closed_units(session, event)


def refund_closed_units(session: Session, event: UnitsClosed) -> int | None:
    """Ask for their price back; what the buyer has back already is not asked for twice. On terms the debt shrinks.

    Where nothing can go back any more, as of a debt that was given up, the books alone follow. Returns the refund's id.
    """
    try:
        payment = payment_to_refund(session, event.order_id)
    except NothingToRefund:
        return None
    left = payment.left_fen
    closed = session.scalars(
        sa.select(Allocation).where(Allocation.id.in_(event.allocation_ids)).order_by(Allocation.id)
    ).all()
    prices = prices_of(session, event.order_id, event.allocation_ids)
    units = []
    for one in closed:
        amount_fen = min(prices[one.id], left)
        left -= amount_fen
        units.append(RefundedUnits(one.order_line_id, one.units, amount_fen, one.id))
    amount_fen = sum(one.amount_fen for one in units)
    if not amount_fen:
        return None
    return write_refund(
        session,
        payment,
        amount_fen=amount_fen,
        bearer=RefundBearer.REVERSAL,
        reason=event.reason,
        token=f"closed:{min(event.allocation_ids)}",
        actor_id=event.actor_id,
        now=closed[0].changed_at,
        units=units,
    )


def is_settled() -> sa.ColumnElement[bool]:
    """SQL: of a closed allocation, its money has gone back, or none had to."""
    of_allocation = sa.select(RefundLine.id).where(RefundLine.allocation_id == Allocation.id)
    done = of_allocation.join(Refund, Refund.id == RefundLine.refund_id).where(
        Refund.status == RefundStatus.SUCCEEDED
    )
    return sa.or_(~of_allocation.exists(), done.exists())


def has_open_part_refund(session: Session, order_id: int) -> bool:
    """Whether money for a part of the order is on its way back, out of what the sale brought others than the shop."""
    of_units = sa.exists().where(RefundLine.refund_id == Refund.id)
    by_others = Refund.bearer.not_in((RefundBearer.REVERSAL, RefundBearer.SHOP))
    statement = sa.select(Refund.id).where(
        Refund.order_id == order_id, Refund.status.in_(OPEN), sa.or_(of_units, by_others)
    )
    return session.scalar(statement.limit(1)) is not None
