"""Somebody at a pickup point says a code: what is here is handed over, what is on the road is not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import TooLateToUndo
from shop.fulfilment.finding import lock_orders, lock_parcels, parcels_by_id
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.point_errors import (
    NotHereYet,
    NothingTicked,
    NotLeftYet,
    ParcelRecalled,
    RecalledAlone,
    TakenAway,
    TakenOffBefore,
    UnknownPickupCode,
    WhoIsIt,
)
from shop.fulfilment.reach import Reach
from shop.fulfilment.recalled_parcels import holds_recalled
from shop.fulfilment.transitions import PARCEL_STATES
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.kit.text import normalise_digits
from shop.ordering.history import note
from shop.ordering.models import Order, OrderStatus

UNDO_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pickup:
    """What a keeper may see: whom to call out, and which parcels to fetch. No phone, no price."""

    order_id: int
    name: str
    here: tuple[str, ...]  # codes of parcels that stand at the point
    on_the_way: tuple[str, ...]  # they have left and nobody has seen them here
    handed_over_at: datetime | None  # the last time that something was given out for this code
    recalled: tuple[str, ...] = ()  # codes of parcels that nobody is given, here or on their way
    not_left: int = 0  # packed in the villages, and not on a truck that has left


@dataclass(frozen=True, slots=True)
class Handover:
    """``codes`` were given out now; none when that was done before, at ``handed_over_at``."""

    name: str
    codes: tuple[str, ...]
    handed_over_at: datetime
    stays: int = 0  # parcels of the order that wait here still
    to_come: int = 0  # and that are not here yet


def find_pickups(session: Session, typed_code: str, *, by: Reach) -> list[Pickup]:
    """Who has parcels waiting for this code at the keeper's points, or for whom it was last used.

    Mostly one; two points of one keeper may have given out the same digits, and so may one point, months apart.
    Raises TakenOffBefore, TakenAway, NotLeftYet, or UnknownPickupCode, the same for a wrong code and for another point's.
    """
    rows = _parcels(session, typed_code, by)
    waiting = [row.order_id for row in rows if _waits(row)]
    given = [row.order_id for row in rows if row.status is ParcelStatus.HANDED_OVER]
    if not waiting and any(row.taken_off_at is not None for row in rows):
        raise TakenOffBefore()
    if not waiting and not given and any(row.status is ParcelStatus.CALLED_BACK for row in rows):
        raise NotLeftYet() if any(row.status is ParcelStatus.PACKED for row in rows) else TakenAway()
    if not waiting and not given:
        raise NotLeftYet() if rows else UnknownPickupCode()
    order_ids = dict.fromkeys(waiting or given[-1:])
    return [_pickup([row for row in rows if row.order_id == one]) for one in order_ids]


def find_pickup(session: Session, typed_code: str, *, order_id: int | None = None, by: Reach) -> Pickup:
    """Of these the one of an order; without it, of the only one. Raises UnknownPickupCode, or WhoIsIt."""
    if order_id is not None:
        rows = [row for row in _parcels(session, typed_code, by) if row.order_id == order_id]
        if not any(row.status in {ParcelStatus.SHIPPED, ParcelStatus.HANDED_OVER} for row in rows):
            raise UnknownPickupCode()
        return _pickup(rows)
    pickups = find_pickups(session, typed_code, by=by)
    if len(pickups) > 1:
        raise WhoIsIt()
    return pickups[0]


def _waits(row: sa.Row[*tuple[Any, ...]]) -> bool:
    return row.status is ParcelStatus.SHIPPED and row.taken_off_at is None


def _pickup(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> Pickup:
    left = [row for row in rows if _waits(row)]
    mine = [row for row in left if not row.is_recalled]
    given = [row.handed_over_at for row in rows if row.handed_over_at is not None]
    return Pickup(
        order_id=rows[0].order_id,
        name=rows[0].recipient,
        here=tuple(row.code for row in mine if row.arrived_at is not None),
        on_the_way=tuple(row.code for row in mine if row.arrived_at is None),
        handed_over_at=max(given, default=None),
        recalled=tuple(row.code for row in left if row.is_recalled),
        not_left=sum(row.status is ParcelStatus.PACKED for row in rows),
    )


def hand_over(
    session: Session,
    typed_code: str,
    *,
    order_id: int | None = None,
    in_hand: Collection[str] | None = None,
    by_other: bool = False,
    by: Reach,
    now: datetime,
) -> Handover:
    """Give out what the keeper holds ``in_hand`` for this code, or else what stands here; the rest stays waiting.

    A parcel in the keeper's hand has arrived, whether the truck's arrival was pressed or not.
    `order_id` says whose, where two have the same digits; ``by_other``: the keeper was told that somebody else collects it.
    Raises UnknownPickupCode, WhoIsIt, ParcelRecalled when one of them is, or nothing else is here, NothingTicked, or
    NotHereYet when nothing of it is here.
    """
    wanted = find_pickup(session, typed_code, order_id=order_id, by=by).order_id
    lock_orders(session, [wanted])
    # Again: somebody at the next counter may have been faster.
    pickup = find_pickup(session, typed_code, order_id=wanted, by=by)
    waiting = (*pickup.here, *pickup.on_the_way)
    held = set(pickup.here) if in_hand is None else {normalise_code(code) for code in in_hand}
    codes = tuple(code for code in waiting if code in held)
    stopped = [code for code in pickup.recalled if code in held or not waiting]
    if stopped:
        others = any(code in held for code in waiting)
        refused = ParcelRecalled if others else RecalledAlone
        raise refused(parcels=", ".join(stopped))
    if codes:
        _give(session, codes, by=by, now=now)
        if by_other:
            note(session, wanted, "collected_by_other", now, by.user_id)
        stays = len(set(pickup.here) - held)
        return Handover(pickup.name, codes, now, stays, len(waiting) - len(codes) - stays + pickup.not_left)
    if waiting and in_hand is not None and not held:
        raise NothingTicked()
    if pickup.handed_over_at is None:
        raise NotHereYet()
    return Handover(pickup.name, (), pickup.handed_over_at)


def undo_hand_over(
    session: Session, parcel_code: str, *, pressed_at: datetime | None = None, by: Reach, now: datetime
) -> None:
    """Given to the wrong person: the parcel stands here again, within ten minutes. Pressing again changes nothing.

    `pressed_at`: when a phone without a network was pressed; the minutes are counted until then.
    Raises NotFound, or TooLateToUndo, also when the order is completed.
    """
    parcel = lock_parcels(session, [parcel_code], by)[0]
    if parcel.pickup_point_id not in by.pickup_point_ids:
        raise NotFound()
    if parcel.status is ParcelStatus.SHIPPED:
        return
    given_at = parcel.handed_over_at
    if (
        given_at is None
        or (pressed_at or now) - given_at > UNDO_FOR
        or parcel.order.status is OrderStatus.COMPLETED
    ):
        raise TooLateToUndo()
    parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.SHIPPED)
    parcel.handed_over_at = parcel.handed_over_by_id = None
    note(session, parcel.order_id, "parcel_handover_undone", now, by.user_id, parcel=parcel.code)


def _give(session: Session, codes: Collection[str], *, by: Reach, now: datetime) -> None:
    ids = sa.select(Parcel.id).where(Parcel.code.in_(codes))
    for parcel in parcels_by_id(session, list(session.scalars(ids))):
        if parcel.arrived_at is None:
            parcel.arrived_at = now
            note(session, parcel.order_id, "parcel_arrived", now, by.user_id, parcel=parcel.code)
        parcel.status = PARCEL_STATES.step(parcel.status, ParcelStatus.HANDED_OVER)
        parcel.handed_over_at, parcel.handed_over_by_id = now, by.user_id
        note(session, parcel.order_id, "parcel_handed_over", now, by.user_id, parcel=parcel.code)


def _parcels(session: Session, typed_code: str, by: Reach) -> list[sa.Row[*tuple[Any, ...]]]:
    code = normalise_code(normalise_digits(typed_code))[:16]
    statement = (
        sa.select(
            *(Parcel.order_id, Order.recipient, Parcel.code, Parcel.status),
            *(Parcel.arrived_at, Parcel.handed_over_at, Parcel.taken_off_at),
            holds_recalled().label("is_recalled"),
        )
        .join(Order, Order.id == Parcel.order_id)
        .where(Order.pickup_code == code, Parcel.pickup_point_id.in_(by.pickup_point_ids))
        .order_by(Parcel.order_id, Parcel.id)
    )
    return list(session.execute(statement))
