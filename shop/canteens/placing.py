"""The worker orders what stands ordered: each day once, so many days before.

One transaction writes the order and holds its goods, the next one accepts it on account. Killed anywhere, the next turn goes
on from what is written. What cannot be ordered is written down and told; nothing is tried again by itself.
"""

from __future__ import annotations

import logging
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from shop.canteens.due import cases_on, is_paused, next_due, running_ids
from shop.canteens.events import StandingNotPlaced
from shop.canteens.rests import read_rests
from shop.canteens.sheet import SheetWish, order_sheet
from shop.canteens.standing import lock_any
from shop.canteens.standing_models import DayState, StandingDay, StandingOrder, StandingState
from shop.canteens.ways import truck_on
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError, Unavailable
from shop.ordering.approvals.procurement import Procurement
from shop.ordering.models import DeliveryKind
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.errors import NothingToPay
from shop.payments.terms.accepting import Waits, accept_on_terms
from shop.storage.event_log import record
from shop.storage.unit_of_work import UnitOfWork

PAUSED = "paused"
TOO_LATE = "too_late"

log = logging.getLogger("shop.canteens")


def place_standing_orders(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Everything whose turn it is; returns how many orders were placed."""
    return sum(place_due(unit_of_work, one, now=now) for one in unit_of_work.run(running_ids))


def place_due(unit_of_work: UnitOfWork, standing_id: int, *, now: datetime) -> int:
    """All days of one standing order whose turn it is."""
    placed, done = 0, set[date]()
    while (
        day := unit_of_work.run(partial(next_due, standing_id=standing_id, now=now, beside=done))
    ) is not None:
        done.add(day)
        try:
            if unit_of_work.run(partial(_begin_day, standing_id=standing_id, day=day, now=now)):
                placed += unit_of_work.run(partial(_accept_day, standing_id=standing_id, day=day, now=now))
        except Unavailable:
            continue  # the next turn goes on
        except ShopError as error:
            log.warning("standing order %s, %s: %s", standing_id, day, error.code)
            facts = {name: str(value) for name, value in error.facts.items()}
            failed = partial(_fail, standing_id=standing_id, day=day, code=error.code, facts=facts, now=now)
            unit_of_work.run(failed)
    return placed


def _begin_day(session: Session, standing_id: int, day: date, now: datetime) -> bool:
    """Whether its order waits to be accepted now. Locks the standing order, then lots."""
    standing = lock_any(session, standing_id)
    if standing is None or standing.state is not StandingState.RUNNING:
        return False
    known = session.get(StandingDay, (standing_id, day), populate_existing=True)
    if known is not None and known.state is not DayState.DUE:
        return known.state is DayState.HELD
    row = known or StandingDay(standing_id=standing_id, on=day, tries=0, facts={})
    row.at = now
    why = _rests(session, standing, day)
    if why is not None:
        _set_aside(session, row, DayState.SKIPPED, *why)
    elif day <= shanghai_date(now):
        _set_aside(session, row, DayState.MISSED, TOO_LATE)
    else:
        row.order_id = order_sheet(
            session, standing.organisation_id, standing.user_id, _wish(session, standing, row, now), now=now
        ).order_id
        row.state, row.code = DayState.HELD, ""
        session.add(row)
    session.flush()
    return row.state is DayState.HELD


def _accept_day(session: Session, standing_id: int, day: date, now: datetime) -> bool:
    """In a transaction of its own, since an order is locked before its lots."""
    standing = lock_any(session, standing_id)
    row = session.get(StandingDay, (standing_id, day), populate_existing=True)
    if standing is None or row is None or row.state is not DayState.HELD or row.order_id is None:
        return False
    accepted = accept_on_terms(session, row.order_id, organisation_id=standing.organisation_id, now=now)
    if not isinstance(accepted, int | Waits):
        raise NothingToPay()
    row.state, row.at = DayState.WAITS if isinstance(accepted, Waits) else DayState.PLACED, now
    return True


def _fail(
    session: Session, standing_id: int, day: date, code: str, facts: dict[str, Any], now: datetime
) -> None:
    """With an order it is one that waits for its payment; without one nothing is ordered."""
    if lock_any(session, standing_id) is None:
        return
    row = session.get(StandingDay, (standing_id, day), populate_existing=True)
    row = row or StandingDay(standing_id=standing_id, on=day, tries=0)
    row.at, row.facts = now, facts
    state = DayState.FAILED if row.order_id is None else DayState.UNACCEPTED
    _set_aside(session, row, state, code)


def _set_aside(session: Session, row: StandingDay, state: DayState, code: str, facts: Any = None) -> None:
    """What the organisation said itself is no news to it."""
    row.state, row.code = state, code
    if facts is not None:
        row.facts = facts
    session.add(row)
    session.flush()
    if code != PAUSED:
        record(session, StandingNotPlaced(row.standing_id, row.on, row.at))


def _rests(session: Session, standing: StandingOrder, day: date) -> tuple[str, dict[str, str]] | None:
    if is_paused(session, standing.id, day):
        return PAUSED, {}
    rest = read_rests(session, day, day).on(day, standing)
    return (rest.kind.value, {"name_zh": rest.name_zh, "name_en": rest.name_en}) if rest else None


def _wish(session: Session, standing: StandingOrder, row: StandingDay, now: datetime) -> SheetWish:
    return SheetWish(
        token=f"standing-{standing.id}-{row.on:%Y%m%d}-{row.tries}",
        cases=cases_on(session, standing.id, row.on),
        delivery=_delivery(session, standing, row.on, now),
        deliver_on=row.on,
        recipient=Recipient(standing.recipient, standing.phone),
        note=standing.note,
        procurement=Procurement(
            standing.project_number, standing.project_name, standing.handler, standing.acceptor
        ),
        language=standing.language,
        standing_id=standing.id,
    )


def _delivery(session: Session, standing: StandingOrder, day: date, now: datetime) -> Pickup | Courier:
    if standing.delivery is DeliveryKind.PICKUP:
        return truck_on(session, standing.pickup_point_id or 0, day, now=now)
    return Courier(
        standing.province or "", standing.city or "", standing.district or "", standing.street or ""
    )
