"""Standing orders: set up, changed from a day on, paused, skipped for a day, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.organisations import BUYING
from shop.canteens.access import require_canteen
from shop.canteens.errors import DayIsPast, StandingStopped
from shop.canteens.rhythm import Rhythm
from shop.canteens.sheet import price_lines
from shop.canteens.standing_models import (
    DayState,
    StandingDay,
    StandingEvent,
    StandingLine,
    StandingOrder,
    StandingPause,
    StandingState,
)
from shop.canteens.standing_wish import NO_DAY, StandingWish, judge_wish, way_values
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.models import Order, OrderStatus
from shop.storage.locks import LockRank, lock_row

LONGEST_PAUSE: Final = timedelta(days=400)


def set_up(session: Session, slug: str, user_id: int, wish: StandingWish, *, now: datetime) -> int:
    """The standing order's id; sent twice, it is one. Raises NotFound, InvalidInput, and as `price_lines`."""
    here = require_canteen(session, slug, user_id, *BUYING)
    own = here.organisation.id
    known = session.scalar(
        sa.select(StandingOrder.id).where(
            StandingOrder.organisation_id == own, StandingOrder.token == wish.token
        )
    )
    if known is not None:
        return known
    phone = judge_wish(session, wish, now)
    price_lines(session, own, wish.cases)
    standing = StandingOrder(
        organisation_id=own,
        name=tidy(wish.name)[:60],
        every_weeks=wish.rhythm.every_weeks,
        weekdays="".join(str(one) for one in sorted(wish.rhythm.weekdays)),
        first_on=wish.rhythm.first_on,
        until_on=wish.rhythm.until,
        days_before=wish.days_before,
        in_vacations=wish.in_vacations,
        recipient=tidy(wish.recipient)[:60],
        phone=phone,
        note=tidy(wish.note)[:200],
        project_number=wish.procurement.project_number,
        project_name=wish.procurement.project_name,
        handler=wish.procurement.handler,
        acceptor=wish.procurement.acceptor,
        language=wish.language,
        user_id=user_id,
        made_at=now,
        token=wish.token,
        **way_values(wish.delivery),
    )
    session.add(standing)
    session.flush()
    _write_lines(session, standing.id, wish.rhythm.first_on, wish.cases)
    note(session, standing.id, "set_up", user_id, now)
    return standing.id


def change_lines(
    session: Session,
    slug: str,
    user_id: int,
    standing_id: int,
    cases: Mapping[int, int],
    from_on: date,
    *,
    now: datetime,
) -> None:
    """Other quantities from a day on; days whose turn it was stay as they are. A change from the same day replaces the one before.

    Raises NotFound, StandingStopped, InvalidInput, and as `price_lines`.
    """
    standing = _running(session, slug, user_id, standing_id)
    _refuse_past(from_on, now, field="from_on")
    price_lines(session, standing.organisation_id, cases)
    mine = sa.and_(
        StandingLine.standing_id == standing_id, StandingLine.from_on == max(from_on, standing.first_on)
    )
    session.execute(sa.delete(StandingLine).where(mine))
    _write_lines(session, standing_id, max(from_on, standing.first_on), cases)
    note(session, standing_id, "changed", user_id, now, from_on=from_on.isoformat())


def pause(
    session: Session, slug: str, user_id: int, standing_id: int, first: date, last: date, *, now: datetime
) -> None:
    """Nothing for these days, first and last included; said twice, it is said once. Raises NotFound, StandingStopped, InvalidInput."""
    _running(session, slug, user_id, standing_id)
    _refuse_past(first, now, field="first_on")
    if not first <= last <= first + LONGEST_PAUSE:
        raise InvalidInput(
            msg("The last day lies before the first, or more than a year after it."), field="last_on"
        )
    same = (
        StandingPause.standing_id == standing_id,
        StandingPause.first_on == first,
        StandingPause.last_on == last,
    )
    if session.scalar(sa.select(StandingPause.id).where(*same)) is not None:
        return
    session.add(StandingPause(standing_id=standing_id, first_on=first, last_on=last))
    session.flush()
    kind = "skipped" if first == last else "paused"
    note(session, standing_id, kind, user_id, now, first=first.isoformat(), last=last.isoformat())


def skip(session: Session, slug: str, user_id: int, standing_id: int, on: date, *, now: datetime) -> None:
    """Nothing for this one day. Raises as `pause`, and DayIsPast when it was its turn already."""
    standing = _running(session, slug, user_id, standing_id)
    if not rhythm_of(standing).falls_on(on):
        raise NotFound()
    if session.get(StandingDay, (standing_id, on)) is not None:
        raise DayIsPast()
    pause(session, slug, user_id, standing_id, on, on, now=now)


def go_on(
    session: Session, slug: str, user_id: int, standing_id: int, pause_id: int, *, now: datetime
) -> None:
    """A pause is taken back; days of it whose turn it was stay skipped. Taken back before: nothing. Raises NotFound, StandingStopped."""
    _running(session, slug, user_id, standing_id)
    found = session.get(StandingPause, pause_id)
    if found is None or found.standing_id != standing_id:
        return
    first, last = found.first_on.isoformat(), found.last_on.isoformat()
    session.delete(found)
    session.flush()
    note(session, standing_id, "went_on", user_id, now, first=first, last=last)


def stop(session: Session, slug: str, user_id: int, standing_id: int, *, now: datetime) -> bool:
    """For good; what is ordered stays ordered. False when it was stopped before. Raises NotFound."""
    standing = lock_standing(session, slug, user_id, standing_id)
    if standing.state is StandingState.STOPPED:
        return False
    standing.state = StandingState.STOPPED
    note(session, standing_id, "stopped", user_id, now)
    return True


def try_again(
    session: Session, slug: str, user_id: int, standing_id: int, on: date, *, now: datetime
) -> bool:
    """A day for which nothing stands ordered is the worker's again. False when it is so already, or is ordered.

    Raises NotFound, StandingStopped, DayIsPast.
    """
    _running(session, slug, user_id, standing_id)
    day = session.get(StandingDay, (standing_id, on), populate_existing=True)
    if day is None:
        raise NotFound()
    if day.state is DayState.DUE or not _is_free(session, day):
        return False
    if on <= shanghai_date(now):
        raise DayIsPast()
    day.state, day.order_id, day.tries, day.at = DayState.DUE, None, day.tries + 1, now
    day.code, day.facts = "", {}
    note(session, standing_id, "tried_again", user_id, now, day=on.isoformat())
    return True


def rhythm_of(standing: StandingOrder) -> Rhythm:
    weekdays = frozenset(int(one) for one in standing.weekdays)
    return Rhythm(standing.first_on, standing.every_weeks, weekdays, standing.until_on)


def lock_standing(session: Session, slug: str, user_id: int, standing_id: int) -> StandingOrder:
    """For a member who orders. Raises NotFound, the same for another organisation's."""
    here = require_canteen(session, slug, user_id, *BUYING)
    found = lock_any(session, standing_id)
    if found is None or found.organisation_id != here.organisation.id:
        raise NotFound()
    return found


def lock_any(session: Session, standing_id: int) -> StandingOrder | None:
    """For the shop itself."""
    return lock_row(
        session, LockRank.CANTEEN, sa.select(StandingOrder).where(StandingOrder.id == standing_id)
    )


def note(
    session: Session, standing_id: int, kind: str, actor_id: int | None, now: datetime, **facts: Any
) -> None:
    session.add(StandingEvent(standing_id=standing_id, at=now, kind=kind, actor_id=actor_id, facts=facts))
    session.flush()


def _running(session: Session, slug: str, user_id: int, standing_id: int) -> StandingOrder:
    standing = lock_standing(session, slug, user_id, standing_id)
    if standing.state is StandingState.STOPPED:
        raise StandingStopped()
    return standing


def _is_free(session: Session, day: StandingDay) -> bool:
    """Whether no order of it can still be paid."""
    if day.order_id is None:
        return True
    return session.get_one(Order, day.order_id).status is OrderStatus.CANCELLED


def _write_lines(session: Session, standing_id: int, from_on: date, cases: Mapping[int, int]) -> None:
    session.add_all(
        StandingLine(standing_id=standing_id, from_on=from_on, variant_id=variant_id, cases=count)
        for variant_id, count in cases.items()
        if count
    )
    session.flush()


def _refuse_past(day: date, now: datetime, *, field: str) -> None:
    if day <= shanghai_date(now):
        raise InvalidInput(NO_DAY, field=field)
