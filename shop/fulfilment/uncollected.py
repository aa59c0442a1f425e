"""Nobody comes for a parcel: what a keeper or the team does about it. Each step is a line of the order's history.

The rule: the buyer is reminded, and reminded again; then somebody decides. A parcel that was taken off its point is
settled by the team: the order is completed uncollected, or money goes back by a refund that says what became of the goods.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.fulfilment.collecting import REMINDED, write_reminder
from shop.fulfilment.events import ParcelTakenOff
from shop.fulfilment.finding import lock_parcel
from shop.fulfilment.models import Parcel, ParcelStatus, TakenOff
from shop.fulfilment.money_back import went_back
from shop.fulfilment.point_errors import MoneyWentBack, NotTakenOff, NotWaiting, OnlyToTakeOff
from shop.fulfilment.reach import Reach
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.models import OrderEvent, OrderStatus
from shop.storage.event_log import record

LONGEST_WORD: Final = 200
MOST_DAYS: Final = 30  # that a parcel is kept from today
CALLED: Final = "collection_called"
KEPT: Final = "collection_kept"
BACK: Final = "parcel_back_at_point"
TAKEN_OFF: Final = {TakenOff.SENT_BACK: "parcel_sent_back", TakenOff.DISCARDED: "parcel_discarded"}
STEPS: Final = (REMINDED, CALLED, KEPT, *TAKEN_OFF.values(), BACK)


def remind_now(session: Session, code: str, *, by: Reach, now: datetime) -> bool:
    """Write to the buyer once more; False when that was done today already. Raises NotFound, NotWaiting or OnlyToTakeOff."""
    parcel = _waiting(session, code, by)
    today = sa.select(OrderEvent.id).where(
        OrderEvent.order_id == parcel.order_id,
        OrderEvent.kind == REMINDED,
        OrderEvent.at >= shanghai_midnight(shanghai_date(now)),
    )
    if session.scalar(today.limit(1)) is not None:
        return False
    write_reminder(session, parcel.order_id, by.user_id, now=now)
    return True


def note_call(session: Session, code: str, word: str, *, by: Reach, now: datetime) -> None:
    """Somebody of the team called the buyer, and what was said. Raises InvalidInput, NotFound or NotWaiting."""
    said = _said(word)
    parcel = _waiting(session, code, by)
    note(session, parcel.order_id, CALLED, now, by.user_id, parcel=parcel.code, word=said)


def keep_until(session: Session, code: str, day: date | None, word: str, *, by: Reach, now: datetime) -> bool:
    """It stays so long, and nobody is reminded before; the same day with the same word changes nothing: False.

    A later day or word replaces it. Raises InvalidInput, NotFound, NotWaiting or OnlyToTakeOff.
    """
    today = shanghai_date(now)
    if day is None or not today <= day <= today + timedelta(days=MOST_DAYS):
        raise InvalidInput(
            msg("Please choose a day from today on, at most %(days)s days ahead."),
            field="day",
            days=MOST_DAYS,
        )
    said = _said(word)
    parcel = _waiting(session, code, by)
    if parcel.keep_until == day and _last_word(session, parcel) == said:
        return False
    parcel.keep_until = day
    note(
        session, parcel.order_id, KEPT, now, by.user_id, parcel=parcel.code, until=day.isoformat(), word=said
    )
    return True


def take_off(session: Session, code: str, how: TakenOff, word: str, *, by: Reach, now: datetime) -> bool:
    """It is not at the point any more: its pickup code opens nothing, and its buyer is told. False when it was before.

    No money moves. Raises InvalidInput, NotFound or NotWaiting.
    """
    said = _said(word)
    parcel = _at_own_point(session, code, by)
    if parcel.taken_off_as is how:
        return False
    _demand_waiting(parcel)
    parcel.taken_off_at, parcel.taken_off_as = now, how
    note(session, parcel.order_id, TAKEN_OFF[how], now, by.user_id, parcel=parcel.code, word=said)
    if parcel.order.money_back_at is None:  # else its buyer knows that nothing is to be collected
        record(session, ParcelTakenOff(parcel.id, parcel.order_id, now))
    return True


def put_back(session: Session, code: str, *, by: Reach, now: datetime) -> bool:
    """Taken off by mistake, or it came back: it waits at the point. False when it did already.

    Raises NotFound, NotTakenOff when its order is completed by now, or MoneyWentBack: who was paid back is given
    nothing, and what went back on sale would be there twice.
    """
    parcel = _at_own_point(session, code, by)
    if parcel.taken_off_at is None:
        return False
    if parcel.order.status is OrderStatus.COMPLETED:
        raise NotTakenOff()
    if went_back(session, parcel):
        raise MoneyWentBack()
    parcel.taken_off_at = parcel.taken_off_as = None
    note(session, parcel.order_id, BACK, now, by.user_id, parcel=parcel.code)
    return True


def _last_word(session: Session, parcel: Parcel) -> str | None:
    """What was said when it was kept last."""
    kept = sa.select(OrderEvent.facts).where(
        OrderEvent.order_id == parcel.order_id,
        OrderEvent.kind == KEPT,
        OrderEvent.facts["parcel"].as_string() == parcel.code,
    )
    facts = session.scalar(kept.order_by(OrderEvent.id.desc()).limit(1))
    return None if facts is None else facts.get("word")


def _waiting(session: Session, code: str, by: Reach) -> Parcel:
    parcel = _at_own_point(session, code, by)
    _demand_waiting(parcel)
    if parcel.order.money_back_at is not None:
        raise OnlyToTakeOff()
    return parcel


def _at_own_point(session: Session, code: str, by: Reach) -> Parcel:
    """Locks the order."""
    parcel = lock_parcel(session, code, by)
    is_own = by.everything or parcel.pickup_point_id in by.pickup_point_ids
    if parcel.pickup_point_id is None or not is_own:
        raise NotFound()
    return parcel


def _demand_waiting(parcel: Parcel) -> None:
    stands = parcel.status is ParcelStatus.SHIPPED and parcel.arrived_at is not None
    if not stands or parcel.taken_off_at is not None:
        raise NotWaiting()


def _said(word: str) -> str:
    said = tidy(word)[:LONGEST_WORD]
    if not said:
        raise InvalidInput(msg("Please say in a word what was said or done."), field="word")
    return said
