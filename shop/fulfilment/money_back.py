"""Whether the money for a parcel's goods went back, as far as the order's history and the stock say it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import NotToSend
from shop.fulfilment.models import Parcel, Task, TaskItem
from shop.inventory.models import ReturnedUnits, ReturnStatus
from shop.ordering.models import Order, OrderEvent

_ASKED, _FAILED = "refund_requested", "refund_failed"


def went_back(session: Session, parcel: Parcel) -> bool:
    """A refund says where goods of it are, or the whole price is back, or money was asked back since it was taken off.

    A refund that failed does not count. Its order is locked. Two statements.
    """
    if parcel.order.money_back_at is not None or parcel.order.refunded_fen >= parcel.order.total_fen:
        return True
    spoken_for = (
        sa.select(ReturnedUnits.id)
        .join(TaskItem, TaskItem.allocation_id == ReturnedUnits.allocation_id)
        .join(Task, Task.id == TaskItem.task_id)
        .where(Task.parcel_id == parcel.id, ReturnedUnits.status != ReturnStatus.CALLED_OFF)
    )
    if session.scalar(spoken_for.limit(1)) is not None:
        return True
    sign = sa.case((OrderEvent.kind == _ASKED, 1), else_=-1)
    asked = sa.select(sa.func.coalesce(sa.func.sum(sign), 0)).where(
        OrderEvent.order_id == parcel.order_id,
        OrderEvent.kind.in_((_ASKED, _FAILED)),
        OrderEvent.at >= parcel.taken_off_at,
    )
    return int(session.scalar(asked) or 0) > 0


def goes_back_in_full() -> sa.ColumnElement[bool]:
    """SQL, over parcels: all of the order's price is back with its buyer, or was asked back."""
    asked = sa.exists().where(Order.id == Parcel.order_id, Order.money_back_at.is_not(None))
    return asked.correlate(Parcel)


def is_refunded_in_full() -> sa.ColumnElement[bool]:
    """SQL, over orders: the same."""
    return sa.or_(
        Order.money_back_at.is_not(None),
        sa.and_(Order.refunded_fen > 0, Order.refunded_fen >= Order.total_fen),
    )


def refuse_given_back(parcels: Iterable[Parcel]) -> None:
    """Raises NotToSend for goods whose price goes back: they are not sent. The orders are locked."""
    back = [parcel.code for parcel in parcels if parcel.order.money_back_at is not None]
    if back:
        raise NotToSend(parcels=", ".join(back))
