"""Somebody at a pickup point says a code: what is here is handed over, what is on the road is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.errors import TooLateToUndo
from shop.fulfilment.finding import lock_orders, lock_parcels, parcels_by_id
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.fulfilment.point_errors import (
    NotHereYet,
    NothingTicked,
    NotLeftTicked,
    NotLeftYet,
    PaidBack,
    PaidBackTicked,
    ParcelRecalled,
    RecalledAlone,
    RecalledTicked,
    TakenAway,
    TakenOffBefore,
    TakenOffTicked,
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


class Stopped(StrEnum):
    """Why nobody is given a parcel that had left, recalls that stand aside."""

    TAKEN_OFF = "taken_off"  # nobody came for it, and it was sent back or thrown away
    PAID_BACK = "paid_back"  # all that was paid goes back
    CALLED_BACK = "called_back"  # its goods were recalled, and it was sent back or destroyed
    RECALLED = "recalled"  # its goods are, and it lies at its point still, as far as the shop knows
    NOT_LEFT = "not_left"  # it stands packed in the village


_TICKED: Final = {
    Stopped.TAKEN_OFF: TakenOffTicked,
    Stopped.PAID_BACK: PaidBackTicked,
    Stopped.CALLED_BACK: RecalledTicked,
    Stopped.RECALLED: ParcelRecalled,
    Stopped.NOT_LEFT: NotLeftTicked,
}


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
    stopped: Mapping[str, Stopped] = field(default_factory=dict)  # parcels that nobody is given, and why


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
    Raises TakenOffBefore, PaidBack, TakenAway, NotLeftYet, or UnknownPickupCode, the same for a wrong code and for another
    point's.
    """
    rows = _parcels(session, typed_code, by)
    waiting = [row.order_id for row in rows if _waits(row)]
    given = [row.order_id for row in rows if row.status is ParcelStatus.HANDED_OVER]
    if not waiting and any(_stopped(row) is Stopped.PAID_BACK for row in rows):
        raise PaidBack()
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
        if not rows:
            raise UnknownPickupCode()
        return _pickup(rows)
    pickups = find_pickups(session, typed_code, by=by)
    if len(pickups) > 1:
        raise WhoIsIt()
    return pickups[0]


def _waits(row: sa.Row[*tuple[Any, ...]]) -> bool:
    return row.status is ParcelStatus.SHIPPED and row.taken_off_at is None and row.money_back_at is None


def stopped_by(
    status: ParcelStatus, taken_off_at: datetime | None, money_back_at: datetime | None
) -> Stopped | None:
    """Why nobody is given such a parcel; None for one that is given, or was. Pure."""
    if status is ParcelStatus.CALLED_BACK:
        return Stopped.CALLED_BACK
    if status is ParcelStatus.PACKED:
        return Stopped.NOT_LEFT
    if status is not ParcelStatus.SHIPPED:
        return None
    if taken_off_at is not None:
        return Stopped.TAKEN_OFF
    return Stopped.PAID_BACK if money_back_at is not None else None


def _stopped(row: Any) -> Stopped | None:
    return stopped_by(row.status, row.taken_off_at, row.money_back_at)


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
        stopped={row.code: why for row in rows if (why := _stopped(row)) is not None},
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
    Raises UnknownPickupCode, WhoIsIt, ParcelRecalled when one of them is, or nothing else is here; TakenOffTicked,
    PaidBackTicked, RecalledTicked or NotLeftTicked when one that is ticked is given to nobody; NothingTicked, or NotHereYet
    when nothing of it is here.
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
    _refuse_stopped(pickup, held if in_hand is not None else () if codes else pickup.stopped)
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


def _refuse_stopped(pickup: Pickup, held: Collection[str]) -> None:
    """Of what is held, one that nobody is given: which, and why. All for one reason are named together."""
    whys = [why for why in Stopped if any(pickup.stopped.get(code) is why for code in held)]
    if whys:
        codes = [code for code in pickup.stopped if code in held and pickup.stopped[code] is whys[0]]
        raise _TICKED[whys[0]](parcels=", ".join(codes))


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
            *(Parcel.arrived_at, Parcel.handed_over_at, Parcel.taken_off_at, Order.money_back_at),
            holds_recalled().label("is_recalled"),
        )
        .join(Order, Order.id == Parcel.order_id)
        .where(Order.pickup_code == code, Parcel.pickup_point_id.in_(by.pickup_point_ids))
        .order_by(Parcel.order_id, Parcel.id)
    )
    return list(session.execute(statement))
