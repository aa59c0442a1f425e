"""The end of an order's way: its parcels are with the buyer, or one lies at its point and nobody came."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.models import Parcel, ParcelStatus, TakenOff
from shop.fulfilment.money_back import goes_back_in_full
from shop.fulfilment.parcel_reports import is_lost
from shop.fulfilment.point_errors import ComplaintOpen, NotUncollected, RefundToCome, StillToCollect
from shop.fulfilment.promised_refunds import owes_refund
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.fulfilment.transitions import PARCEL_STATES
from shop.kit.errors import NotFound
from shop.ordering.claims import has_open_claim
from shop.ordering.completion import complete
from shop.ordering.history import note
from shop.ordering.models import Order, OrderStatus

READY, RECEIVED, RECALLED = "ready", "received", "recalled"
TAKEN_OFF = "taken_off"  # nobody came, and nothing of it is to be collected any more
WITHHELD = "withheld"  # all its price goes back: nobody is given it, and its keeper sends it back
LOST = "lost"  # was reported missing, and the team has seen to it
_CLOSED = {ParcelStatus.DELIVERED.value, ParcelStatus.HANDED_OVER.value}
_GONE: frozenset[str] = frozenset(TakenOff)
_STOPPED = {RECALLED, ParcelStatus.CALLED_BACK.value, WITHHELD}  # nobody is given these


@dataclass(frozen=True, slots=True)
class Uncollected:
    number: str
    recipient: str
    shipped_at: datetime


def receive_order(session: Session, order_id: int, *, now: datetime, actor_id: int | None = None) -> bool:
    """The buyer has everything, or has said nothing for long: couriers' parcels are delivered, the order is completed.

    Safe to repeat. Locks the order. Raises StillToCollect while a parcel has not been handed over at its point, or
    IllegalStep before all of it has left, or RefundToCome while the money for a parcel that was called back is owed.
    """
    is_given_back = _lock(session, order_id).money_back_at is not None
    open_parcels = sa.select(Parcel).where(Parcel.order_id == order_id, Parcel.status == ParcelStatus.SHIPPED)
    travelling = session.scalars(open_parcels.order_by(Parcel.id)).all()
    if is_given_back:
        travelling = [parcel for parcel in travelling if parcel.pickup_point_id is None]
    if any(parcel.pickup_point_id is not None for parcel in travelling):
        raise StillToCollect()
    if session.scalar(sa.select(Order.id).where(Order.id == order_id, owes_refund())) is not None:
        raise RefundToCome()
    moved = complete(session, order_id, now=now, actor_id=actor_id)
    for parcel in travelling:
        parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.DELIVERED)
        parcel.delivered_at = now
        note(session, order_id, "parcel_delivered", now, actor_id, parcel=parcel.code)
    return moved


def complete_uncollected(session: Session, order_id: int, *, actor_id: int, now: datetime) -> None:
    """Somebody of the team ends an order whose parcel nobody collects, so that the households are paid.

    The parcel stays where it is, and its code opens it still. Pressing again changes nothing. Locks the order.
    Raises NotFound, NotUncollected while no parcel waits at its point or one is still on the road, or ComplaintOpen.
    """
    order = _lock(session, order_id)
    if order.status is OrderStatus.COMPLETED:
        return
    if order.status is not OrderStatus.SHIPPED or not waits_uncollected(session, order_id):
        raise NotUncollected()
    if session.scalar(sa.select(Order.id).where(Order.id == order_id, has_open_claim())) is not None:
        raise ComplaintOpen()
    if complete(session, order_id, now=now, actor_id=actor_id):
        audit(session, actor_id, "order.completed_uncollected", "order", order.number, {}, now=now)


def is_uncollected(parcels: Collection[str]) -> bool:
    """Whether all parcels are at their point or lost, by their looks, and some were not fetched. Pure."""
    ended = {"arrived", LOST, WITHHELD, *TakenOff}
    closed = {ParcelStatus.HANDED_OVER.value, *_STOPPED}
    return bool((ended | {RECALLED}) & set(parcels)) and set(parcels) <= ended | closed


def has_uncollected() -> sa.ColumnElement[bool]:
    """SQL: a parcel of the order has left for a pickup point and has not been handed over, though it may be."""
    uncollected = sa.exists().where(
        Parcel.order_id == Order.id,
        Parcel.status == ParcelStatus.SHIPPED,
        Parcel.pickup_point_id.is_not(None),
    )
    return sa.and_(Order.money_back_at.is_(None), uncollected)


def uncollected_orders(session: Session, *, after_days: int, now: datetime) -> list[Uncollected]:
    """Orders that would be completed by themselves, had their parcels been collected, and those of which something was
    taken off its point and is to be settled; the oldest first.
    """
    taken_off = sa.exists().where(Parcel.order_id == Order.id, Parcel.taken_off_at.is_not(None))
    is_old = sa.and_(
        Order.status == OrderStatus.SHIPPED, Order.shipped_at <= now - timedelta(days=after_days)
    )
    open_orders = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
    statement = (
        sa.select(Order.number, Order.recipient, Order.shipped_at)
        .where(has_uncollected(), sa.or_(is_old, sa.and_(Order.status.in_(open_orders), taken_off)))
        .order_by(Order.shipped_at, Order.id)
        .limit(500)
    )
    return [Uncollected(number, name, since or now) for number, name, since in session.execute(statement)]


def buyer_state(status: OrderStatus, parcels: Collection[str]) -> str:
    """The order's status as its buyer sees it, from its parcels' looks (packed, shipped, arrived, …). Pure."""
    if status in {OrderStatus.CONFIRMED, OrderStatus.SHIPPED} and "arrived" in parcels:
        return READY
    if status is OrderStatus.SHIPPED and parcels and set(parcels) <= _CLOSED | _STOPPED:
        if _CLOSED & set(parcels):
            return RECEIVED
        return WITHHELD if WITHHELD in parcels else RECALLED
    ended = _CLOSED | _STOPPED | _GONE
    if status is OrderStatus.SHIPPED and _GONE & set(parcels) and set(parcels) <= ended:
        return TAKEN_OFF
    return status.value


def buyer_states(session: Session, orders: Iterable[tuple[int, OrderStatus]]) -> dict[int, str]:
    """The same for many orders, by id; one statement."""
    wanted = dict(orders)
    looks: dict[int, list[str]] = {order_id: [] for order_id in wanted}
    columns = (Parcel.order_id, Parcel.status, Parcel.arrived_at, Parcel.taken_off_as, *_stopped())
    rows = session.execute(sa.select(*columns).where(Parcel.order_id.in_(wanted)))
    for order_id, status, arrived_at, gone, kept_back, withheld in rows:
        looks[order_id].append(_look(status, arrived_at, gone, kept_back, withheld))
    return {order_id: buyer_state(status, looks[order_id]) for order_id, status in wanted.items()}


def waits_uncollected(session: Session, order_id: int) -> bool:
    """The same of an order's parcels as they are. One statement."""
    columns = (Parcel.status, Parcel.arrived_at, Parcel.taken_off_as, *_stopped(), is_lost())
    looks = [
        LOST if lost and look == ParcelStatus.SHIPPED else look
        for status, arrived_at, gone, kept_back, withheld, lost in session.execute(
            sa.select(*columns).where(Parcel.order_id == order_id)
        )
        for look in [_look(status, arrived_at, gone, kept_back, withheld)]
    ]
    return is_uncollected(looks)


def _stopped() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """SQL: it goes to a pickup point, and nobody is given it there: recalled, or its price goes back."""
    by_truck = Parcel.pickup_point_id.is_not(None)
    return sa.and_(by_truck, holds_recalled()), sa.and_(by_truck, goes_back_in_full())


def _look(
    status: ParcelStatus,
    arrived_at: datetime | None,
    taken_off_as: TakenOff | None,
    kept_back: bool,
    withheld: bool,
) -> str:
    if taken_off_as is not None:
        return taken_off_as.value
    if status is ParcelStatus.SHIPPED and (kept_back or withheld):
        return RECALLED if kept_back else WITHHELD
    return "arrived" if status is ParcelStatus.SHIPPED and arrived_at is not None else status.value


def _lock(session: Session, order_id: int) -> Order:
    order = lock_orders(session, [order_id]).get(order_id)
    if order is None:
        raise NotFound()
    return order
