"""A paid order goes elsewhere before anything of it is packed: another address, point, truck, way or recipient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.delivery.errors import RunClosed
from shop.delivery.models import PickupPoint, Run, RunStatus
from shop.delivery.runs import book, check_room, stops_of, unbook
from shop.fulfilment.before_packing import nothing_is_packed
from shop.fulfilment.due import Truck
from shop.fulfilment.finding import lock_orders
from shop.fulfilment.rest_of_order import give_new_deadlines
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.kit.errors import NotFound
from shop.kit.money import format_yuan
from shop.kit.text import tidy
from shop.ordering.change_errors import (
    AlreadyPacked,
    DearerFreight,
    HarvestAwaited,
    NothingNew,
    OtherDifference,
    ReasonForWaiving,
    WouldSpoil,
)
from shop.ordering.change_models import ChangeKind
from shop.ordering.changes import (
    FreightChange,
    FreightLeft,
    changed_with,
    demand_changeable,
    freight_change,
    waived_of,
    write_change,
)
from shop.ordering.confirmation import new_pickup_code, order_line_ids
from shop.ordering.events import OrderRedirected
from shop.ordering.freight_now import freight_to
from shop.ordering.history import note
from shop.ordering.missed_trucks import CHOSEN, keeps_for, keeps_to
from shop.ordering.models import DeliveryKind, Order
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where it is to go, and to whom; the fields are checked and tidy."""

    recipient: Recipient
    delivery: Pickup | Courier


def judge_redirection(
    session: Session,
    order: Order,
    to: Redirection,
    *,
    freight_left: FreightLeft,
    by_team: bool,
    now: datetime,
) -> FreightChange:
    """What it does to the freight; writes nothing, so that it can be shown before. Asked again behind the order's lock.

    The team may change it until it is packed, its buyer only until the truck's cut-off as well. Raises NotToBeChanged,
    ChangedElsewhere, AlreadyPacked, NothingNew, HarvestAwaited, WouldSpoil, NotServed, RunClosed, RunFull, and
    DearerFreight to a buyer whose freight would be more than was paid.
    """
    demand_changeable(order)
    if not nothing_is_packed(session, order.id):
        raise AlreadyPacked()
    own_run = session.get_one(Run, order.run_id, populate_existing=True) if order.run_id is not None else None
    if not by_team and own_run is not None and own_run.cutoff_at <= now:
        raise RunClosed()
    if facts_of(session, order) == _facts_after(session, to):
        raise NothingNew()
    if isinstance(to.delivery, Pickup):
        _judge_truck(session, order, to.delivery, own_run, now)
    else:
        _judge_courier(session, order, to.delivery, now)
    province = to.delivery.province if isinstance(to.delivery, Courier) else None
    if province == order.province:
        return FreightChange()
    change = freight_change(
        freight_to(session, order.id, order.province),
        freight_to(session, order.id, province),
        left_fen=freight_left(session, order.id),
        waived_fen=waived_of(session, order.id),
    )
    if change.more_fen and not by_team:
        raise DearerFreight(amount=f"¥{format_yuan(change.more_fen)}")
    return change


def redirect_order(
    session: Session,
    order_id: int,
    to: Redirection,
    *,
    freight_left: FreightLeft,
    seen_difference_fen: int,
    reason: str = "",
    token: str,
    actor_id: int | None,
    by_team: bool,
    now: datetime,
) -> bool:
    """Send the order there; False when this form has done so before. Locks the order, then trucks.

    What freight is less goes back to the buyer; what it is more the team waives with a reason. Raises NotFound, what
    `judge_redirection` does, ReasonForWaiving, and OtherDifference unless the difference is the one that was shown.
    """
    order = lock_orders(session, [order_id]).get(order_id)
    if order is None:
        raise NotFound()
    if changed_with(session, order_id, token) is not None:
        return False
    said = tidy(reason)
    change = judge_redirection(session, order, to, freight_left=freight_left, by_team=by_team, now=now)
    _demand_as_shown(change, seen_difference_fen, said)
    before = facts_of(session, order)
    old_run, old_way = order.run_id, order.delivery
    _move(session, order, to, now)
    session.flush()
    if (order.run_id, order.delivery) != (old_run, old_way):
        _new_journey(session, order, actor_id, now)
    written = write_change(
        session,
        order,
        ChangeKind.REDIRECTED,
        token=token,
        before=before,
        after=facts_of(session, order),
        difference_fen=change.difference_fen,
        waived_fen=change.more_fen - change.taken_up_fen,
        reason=said,
        actor_id=actor_id,
        by_team=by_team,
        now=now,
    )
    record(session, OrderRedirected(order.id, written.id, change.back_fen, actor_id, now))
    return True


def _demand_as_shown(change: FreightChange, seen_difference_fen: int, reason: str) -> None:
    """Raises OtherDifference, ReasonForWaiving."""
    if change.difference_fen != seen_difference_fen:
        raise OtherDifference()
    if change.more_fen and not reason:
        raise ReasonForWaiving(amount=f"¥{format_yuan(change.more_fen)}")


def facts_of(session: Session, order: Order) -> dict[str, Any]:
    """Where an order goes, as its history keeps it."""
    if order.delivery is DeliveryKind.PICKUP:
        return _facts_of_pickup(session, order.recipient, order.phone, order.pickup_point_id, order.run_id)
    return {
        **_facts_of_person(order.recipient, order.phone, DeliveryKind.COURIER),
        **{name: getattr(order, name) or "" for name in ("province", "city", "district", "street")},
    }


def _facts_after(session: Session, to: Redirection) -> dict[str, Any]:
    who = to.recipient
    if isinstance(to.delivery, Pickup):
        return _facts_of_pickup(session, who.name, who.phone, to.delivery.point_id, to.delivery.run_id)
    return {
        **_facts_of_person(who.name, who.phone, DeliveryKind.COURIER),
        **{name: getattr(to.delivery, name) for name in ("province", "city", "district", "street")},
    }


def _facts_of_pickup(
    session: Session, recipient: str, phone: str, point_id: int | None, run_id: int | None
) -> dict[str, Any]:
    point = session.get(PickupPoint, point_id) if point_id is not None else None
    run = session.get(Run, run_id) if run_id is not None else None
    return {
        **_facts_of_person(recipient, phone, DeliveryKind.PICKUP),
        "point_zh": point.name_zh if point is not None else "",
        "point_en": point.name_en if point is not None else "",
        "run": run.code if run is not None else "",
    }


def _facts_of_person(recipient: str, phone: str, way: DeliveryKind) -> dict[str, Any]:
    return {"recipient": recipient, "phone": phone, "delivery": way.value}


def _judge_truck(session: Session, order: Order, to: Pickup, own: Run | None, now: datetime) -> None:
    if own is not None and own.id == to.run_id:
        if own.status is not RunStatus.PLANNED or to.point_id not in stops_of(session, own.id):
            raise RunClosed(field="run")
        return
    if _awaits_harvest(session, order.id):
        raise HarvestAwaited()
    run = check_room(session, to.run_id, point_id=to.point_id, weight_g=order.booked_g, now=now)
    if not keeps_for(session, order, run, now=now):
        raise WouldSpoil()


def _judge_courier(session: Session, order: Order, to: Courier, now: datetime) -> None:
    if order.delivery is DeliveryKind.PICKUP and _awaits_harvest(session, order.id):
        raise HarvestAwaited()
    if to.province != order.province and not keeps_to(session, order, to.province, now=now):
        raise WouldSpoil()


def _awaits_harvest(session: Session, order_id: int) -> bool:
    expected = (
        sa.select(Allocation.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(
            Allocation.order_line_id.in_(order_line_ids(session, order_id)),
            Allocation.status == AllocationStatus.COMMITTED,
            Lot.expected_on.is_not(None),
        )
    )
    return session.scalar(expected.limit(1)) is not None


def _move(session: Session, order: Order, to: Redirection, now: datetime) -> None:
    """Room is booked on the new truck before that on the old one is given back. Raises RunClosed, RunFull."""
    order.recipient, order.phone = to.recipient.name, to.recipient.phone
    if isinstance(to.delivery, Pickup):
        point_id, run_id = to.delivery.point_id, to.delivery.run_id
        if order.run_id != run_id:
            weight_g = order.booked_g
            book(session, run_id, point_id=point_id, weight_g=weight_g, now=now)
            _leave_truck(session, order)
        if order.pickup_point_id != point_id or order.pickup_code is None:
            order.pickup_point_id = point_id
            order.pickup_code = new_pickup_code(session, order)
        order.delivery, order.run_id = DeliveryKind.PICKUP, run_id
        order.province = order.city = order.district = order.street = None
        return
    _leave_truck(session, order)
    order.delivery = DeliveryKind.COURIER
    order.run_id = order.pickup_point_id = order.pickup_code = None
    order.province, order.city = to.delivery.province, to.delivery.city
    order.district, order.street = to.delivery.district, to.delivery.street


def _leave_truck(session: Session, order: Order) -> None:
    if order.run_id is not None:
        unbook(session, order.run_id, weight_g=order.booked_g)


def _new_journey(session: Session, order: Order, actor_id: int | None, now: datetime) -> None:
    """Households that have not put their goods ready get the days of the new way; whom a truck had missed is on one."""
    run = session.get_one(Run, order.run_id) if order.run_id is not None else None
    truck = Truck(run.cutoff_at, run.departs_at) if run is not None else None
    give_new_deadlines(session, order.id, truck, now=now)
    note(session, order.id, CHOSEN, now, actor_id, run=run.code if run is not None else "")
