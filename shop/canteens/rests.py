"""Days of rest that a standing order respects: holidays, vacations unless it says otherwise, days without couriers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.standing_models import StandingOrder
from shop.delivery.models import CalendarKind, CalendarSpan
from shop.ordering.models import DeliveryKind

_RESTS: Final = (CalendarKind.HOLIDAY, CalendarKind.VACATION, CalendarKind.COURIER_STOP)


@dataclass(frozen=True, slots=True)
class Rest:
    """Why nothing is ordered for a day, in the calendar's words."""

    kind: CalendarKind
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Rests:
    spans: Sequence[CalendarSpan]

    def on(self, day: date, standing: StandingOrder) -> Rest | None:
        """What keeps this standing order from being placed for the day. A day that is worked in exchange is no holiday."""
        here = [one for one in self.spans if one.first_day <= day <= one.last_day]
        worked = any(one.kind is CalendarKind.WORKDAY for one in here)
        for one in here:
            if one.kind in _kinds_of(standing) and not (one.kind is CalendarKind.HOLIDAY and worked):
                return Rest(one.kind, one.name_zh, one.name_en)
        return None


def read_rests(session: Session, first: date, last: date) -> Rests:
    """Of these days. One statement."""
    statement = sa.select(CalendarSpan).where(
        CalendarSpan.kind.in_((*_RESTS, CalendarKind.WORKDAY)),
        CalendarSpan.first_day <= last,
        CalendarSpan.last_day >= first,
    )
    return Rests(session.scalars(statement.order_by(CalendarSpan.first_day, CalendarSpan.id)).all())


def _kinds_of(standing: StandingOrder) -> set[CalendarKind]:
    kinds = {CalendarKind.HOLIDAY}
    if not standing.in_vacations:
        kinds.add(CalendarKind.VACATION)
    if standing.delivery is DeliveryKind.COURIER:
        kinds.add(CalendarKind.COURIER_STOP)
    return kinds
