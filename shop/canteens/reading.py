"""Standing orders as their organisation reads them: the next days, what became of those before, and who did what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.canteens.models import CanteenOrder
from shop.canteens.rests import Rest, read_rests
from shop.canteens.standing import rhythm_of
from shop.canteens.standing_models import (
    StandingDay,
    StandingEvent,
    StandingLine,
    StandingOrder,
    StandingPause,
    StandingState,
)
from shop.delivery.models import PickupPoint
from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.ordering.models import Order, OrderStatus
from shop.storage.paging import Page, read_page

AHEAD: Final = timedelta(days=120)
SHOWN: Final = 10
MOST_PAST: Final = 30


@dataclass(frozen=True)
class NextDay:
    """A day to come. `orders_on`: the day on which it is ordered; `dealt`: what became of it already."""

    on: date
    orders_on: date
    cases: Mapping[int, int]
    pause: StandingPause | None
    rest: Rest | None
    dealt: DealtDay | None

    @property
    def is_coming(self) -> bool:
        return self.pause is None and self.rest is None


@dataclass(frozen=True)
class DealtDay:
    row: StandingDay
    order_number: str | None
    total_fen: int | None
    order_status: OrderStatus | None


@dataclass(frozen=True)
class StandingPage:
    standing: StandingOrder
    point: PickupPoint | None
    made_by: str
    next_days: Sequence[NextDay]
    past: Sequence[DealtDay]
    pauses: Sequence[StandingPause]
    events: Sequence[tuple[StandingEvent, str]]
    lines: Mapping[date, Mapping[int, int]]


@dataclass(frozen=True)
class CanteenRow:
    """An order in the canteen's list."""

    number: str
    deliver_on: date
    total_fen: int
    refunded_fen: int
    status: OrderStatus
    standing_id: int | None


def list_standing(
    session: Session, organisation_id: int, *, now: datetime
) -> Sequence[tuple[StandingOrder, date | None]]:
    """Running ones first, each with its next day that is not paused. Three statements."""
    found = session.scalars(
        sa.select(StandingOrder)
        .where(StandingOrder.organisation_id == organisation_id)
        .order_by(StandingOrder.state, StandingOrder.id.desc())
    ).all()
    pauses = _pauses(session, [one.id for one in found])
    today = shanghai_date(now)
    rests = read_rests(session, today, today + AHEAD)
    return [(one, _next_of(one, pauses.get(one.id, ()), rests, today)) for one in found]


def standing_page(session: Session, organisation_id: int, standing_id: int, *, now: datetime) -> StandingPage:
    """A fixed number of statements. Raises NotFound, also for another organisation's."""
    standing = session.get(StandingOrder, standing_id)
    if standing is None or standing.organisation_id != organisation_id:
        raise NotFound()
    today = shanghai_date(now)
    pauses = _pauses(session, [standing_id]).get(standing_id, ())
    lines = _lines(session, standing_id)
    dealt = _dealt(session, standing_id)
    return StandingPage(
        standing,
        session.get(PickupPoint, standing.pickup_point_id) if standing.pickup_point_id else None,
        _name(session.get(User, standing.user_id) if standing.user_id else None),
        _next_days(session, standing, pauses, lines, {one.row.on: one for one in dealt}, today),
        [one for one in dealt if one.row.on <= today][:MOST_PAST],
        [one for one in pauses if one.last_on >= today],
        _events(session, standing_id),
        lines,
    )


def canteen_orders(session: Session, organisation_id: int, *, page: int = 1) -> Page[CanteenRow]:
    """The newest first."""
    columns: tuple[Any, ...] = (
        *(Order.number, CanteenOrder.deliver_on, Order.total_fen, Order.refunded_fen, Order.status),
        CanteenOrder.standing_id,
    )
    statement = (
        sa.select(*columns)
        .join(Order, Order.id == CanteenOrder.order_id)
        .where(CanteenOrder.organisation_id == organisation_id)
        .order_by(CanteenOrder.order_id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: CanteenRow(*row))


def lines_for(lines: Mapping[date, Mapping[int, int]], day: date) -> Mapping[int, int]:
    """Pure: the newest set that had begun by the day."""
    begun = [one for one in lines if one <= day]
    return lines[max(begun)] if begun else {}


def _next_days(
    session: Session,
    standing: StandingOrder,
    pauses: Sequence[StandingPause],
    lines: Mapping[date, Mapping[int, int]],
    dealt: Mapping[date, DealtDay],
    today: date,
) -> list[NextDay]:
    if standing.state is StandingState.STOPPED:
        return []
    days = list(rhythm_of(standing).days(today + timedelta(days=1), today + AHEAD))[:SHOWN]
    rests = read_rests(session, today, today + AHEAD)
    return [
        NextDay(
            on=day,
            orders_on=max(day - timedelta(days=standing.days_before), today),
            cases=lines_for(lines, day),
            pause=next((one for one in pauses if one.first_on <= day <= one.last_on), None),
            rest=rests.on(day, standing),
            dealt=dealt.get(day),
        )
        for day in days
    ]


def _next_of(
    standing: StandingOrder, pauses: Sequence[StandingPause], rests: Any, today: date
) -> date | None:
    if standing.state is StandingState.STOPPED:
        return None
    for day in rhythm_of(standing).days(today + timedelta(days=1), today + AHEAD):
        if rests.on(day, standing) is None and not any(one.first_on <= day <= one.last_on for one in pauses):
            return day
    return None


def _pauses(session: Session, standing_ids: Sequence[int]) -> dict[int, list[StandingPause]]:
    found: dict[int, list[StandingPause]] = {}
    statement = sa.select(StandingPause).where(StandingPause.standing_id.in_(standing_ids))
    for one in session.scalars(statement.order_by(StandingPause.first_on, StandingPause.id)):
        found.setdefault(one.standing_id, []).append(one)
    return found


def _lines(session: Session, standing_id: int) -> dict[date, dict[int, int]]:
    found: dict[date, dict[int, int]] = {}
    statement = sa.select(StandingLine).where(StandingLine.standing_id == standing_id)
    for one in session.scalars(statement.order_by(StandingLine.from_on, StandingLine.variant_id)):
        found.setdefault(one.from_on, {})[one.variant_id] = one.cases
    return found


def _dealt(session: Session, standing_id: int) -> list[DealtDay]:
    rows = session.execute(
        sa.select(StandingDay, Order.number, Order.total_fen, Order.status)
        .outerjoin(Order, Order.id == StandingDay.order_id)
        .where(StandingDay.standing_id == standing_id)
        .order_by(StandingDay.on.desc())
        .limit(MOST_PAST + SHOWN)
    )
    return [DealtDay(*row) for row in rows]


def _events(session: Session, standing_id: int) -> list[tuple[StandingEvent, str]]:
    rows = session.execute(
        sa.select(StandingEvent, User)
        .outerjoin(User, User.id == StandingEvent.actor_id)
        .where(StandingEvent.standing_id == standing_id)
        .order_by(StandingEvent.id.desc())
        .limit(MOST_PAST)
    )
    return [(event, _name(person)) for event, person in rows]


def _name(person: User | None) -> str:
    return (person.name or person.email or "") if person is not None else ""
