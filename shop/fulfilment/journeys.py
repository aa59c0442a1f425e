"""The journey of a courier's parcel as its carrier tells it: begun with its number, asked for again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.delivery.calendar import calendar_from
from shop.delivery.tracking.base import Followed, JourneyState
from shop.fulfilment.models import Parcel, ParcelJourney, ParcelStatus
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.ordering.models import Order

FIRST_WAIT: Final = timedelta(
    minutes=30
)  # a carrier knows nothing of a number before its courier has scanned it
WAIT: Final = timedelta(hours=12)  # the provider tells by itself; asking is for what it forgot
LONG_WAIT: Final = timedelta(days=2)
MANY, MOST_ASKED = (
    20,
    60,
)  # from so many questions on the long wait; after so many there is nothing more to hear
PHONE_TAIL: Final = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A parcel whose turn it is. `is_first`: it is subscribed, too."""

    followed: Followed
    is_first: bool


def late_from(session: Session, *, now: datetime) -> datetime:
    """When a parcel that leaves now is late: days on which no courier goes are not counted. Two statements."""
    today = shanghai_date(now)
    days = read_shop_settings(session).late_after_days
    return shanghai_midnight(calendar_from(session, today).add_courier_days(today, days + 1))


def begin_journey(session: Session, parcel_id: int, *, late_at: datetime, now: datetime) -> None:
    """It has a number, or another one: what was said of the one before is no news of it. Its order is locked."""
    journey = session.get(ParcelJourney, parcel_id) or ParcelJourney(parcel_id=parcel_id)
    journey.state, journey.says, journey.happened_at = JourneyState.WAITING, "", None
    journey.asked, journey.ask_at, journey.late_at = 0, now + FIRST_WAIT, late_at
    session.add(journey)


def end_journey(session: Session, parcel_id: int) -> None:
    """It has no number any more."""
    session.execute(sa.delete(ParcelJourney).where(ParcelJourney.parcel_id == parcel_id))


def claim_due(session: Session, *, now: datetime, limit: int = 100) -> Sequence[Question]:
    """Whose turn it is, each given to one worker only; the next turn of each is set already."""
    statement = (
        sa.select(
            ParcelJourney.parcel_id, ParcelJourney.asked, ParcelJourney.ask_at,
            Parcel.carrier, Parcel.tracking_number, Order.phone,
        )
        .join(Parcel, Parcel.id == ParcelJourney.parcel_id)
        .join(Order, Order.id == Parcel.order_id)
        .where(ParcelJourney.ask_at <= now, Parcel.status == ParcelStatus.SHIPPED)
        .order_by(ParcelJourney.ask_at, ParcelJourney.parcel_id)
        .limit(limit)
    )  # fmt: skip
    found = session.execute(statement).all()
    mine = {row.parcel_id for row in found if _claim(session, row.parcel_id, row.asked, row.ask_at, now)}
    return [
        Question(Followed(row.carrier, row.tracking_number, row.phone[-PHONE_TAIL:]), is_first=row.asked == 0)
        for row in found
        if row.parcel_id in mine
    ]


def _claim(session: Session, parcel_id: int, asked: int, ask_at: datetime, now: datetime) -> bool:
    wait = WAIT if asked < MANY else LONG_WAIT
    claimed = session.execute(
        sa.update(ParcelJourney)
        .where(ParcelJourney.parcel_id == parcel_id, ParcelJourney.ask_at == ask_at)
        .values(asked=asked + 1, ask_at=now + wait if asked + 1 < MOST_ASKED else None)
        .returning(ParcelJourney.parcel_id)
        .execution_options(synchronize_session=False)
    )
    return claimed.one_or_none() is not None
