"""A standing order as it is typed, and whether it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from shop.accounts.contacts import normalise_phone
from shop.canteens.rhythm import Rhythm
from shop.canteens.ways import earliest_by_courier
from shop.delivery.models import PickupPoint
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.approvals.procurement import NOTHING_SAID, Procurement
from shop.ordering.models import DeliveryKind
from shop.ordering.wish import Courier

MOST_WEEKS: Final = 12
MOST_DAYS_BEFORE: Final = 30
NO_DAY: Final = msg("Please choose a day that is still to come.")


@dataclass(frozen=True, slots=True)
class ToPoint:
    """By whichever truck stops at the point on the day."""

    point_id: int


@dataclass(frozen=True, slots=True)
class StandingWish:
    """One form. `cases` by variant."""

    token: str
    name: str
    rhythm: Rhythm
    days_before: int
    cases: Mapping[int, int]
    delivery: ToPoint | Courier
    recipient: str
    phone: str
    note: str = ""
    in_vacations: bool = False
    procurement: Procurement = NOTHING_SAID
    language: str = "zh"


def way_values(delivery: ToPoint | Courier) -> dict[str, Any]:
    if isinstance(delivery, ToPoint):
        return {"delivery": DeliveryKind.PICKUP, "pickup_point_id": delivery.point_id}
    return {
        "delivery": DeliveryKind.COURIER,
        "province": delivery.province,
        "city": delivery.city,
        "district": delivery.district,
        "street": delivery.street,
    }


def judge_wish(session: Session, wish: StandingWish, now: datetime) -> str:
    """The telephone in E.164. Raises InvalidInput by field."""
    rhythm, today = wish.rhythm, shanghai_date(now)
    errors: dict[str, str] = {}
    if not tidy(wish.name):
        errors["name"] = msg("Please give it a name.")
    if not tidy(wish.recipient):
        errors["recipient"] = msg("Please say who receives it.")
    if rhythm.first_on <= today:
        errors["first_on"] = NO_DAY
    if rhythm.until is not None and rhythm.until < rhythm.first_on:
        errors["until"] = msg("The last day lies before the first.")
    if not rhythm.weekdays or not rhythm.weekdays <= set(range(7)):
        errors["weekdays"] = msg("Please choose a weekday.")
    if not 1 <= rhythm.every_weeks <= MOST_WEEKS:
        errors["every_weeks"] = msg("Please enter a number of weeks from 1 to 12.")
    if not 1 <= wish.days_before <= MOST_DAYS_BEFORE:
        errors["days_before"] = msg("Please enter a number of days from 1 to 30.")
    elif not errors:
        errors |= _wrong_way(session, wish, now)
    if errors:
        raise InvalidInput(errors=errors)
    return normalise_phone(wish.phone)


def _wrong_way(session: Session, wish: StandingWish, now: datetime) -> dict[str, str]:
    if isinstance(wish.delivery, ToPoint):
        point = session.get(PickupPoint, wish.delivery.point_id)
        is_open = point is not None and point.active
        return {} if is_open else {"delivery": msg("Please choose one from the list.")}
    earliest = earliest_by_courier(session, wish.delivery, (), now=now)
    if earliest is None:
        return {"delivery": msg("Please choose one from the list.")}
    if earliest > shanghai_date(now) + timedelta(days=wish.days_before):
        return {"days_before": msg("A courier needs longer to this address. Please order more days before.")}
    return {}
