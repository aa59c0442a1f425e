"""Which day of a standing order is the next one to be dealt with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.standing import rhythm_of
from shop.canteens.standing_models import (
    DayState,
    StandingDay,
    StandingLine,
    StandingOrder,
    StandingPause,
    StandingState,
)
from shop.kit.clock import shanghai_date

LOOKS_BACK: Final = timedelta(
    days=60
)  # a shop that was down for longer tells nobody of what it missed before
UNFINISHED: Final = frozenset({DayState.DUE, DayState.HELD})


def running_ids(session: Session) -> Sequence[int]:
    statement = sa.select(StandingOrder.id).where(StandingOrder.state == StandingState.RUNNING)
    return session.scalars(statement.order_by(StandingOrder.id)).all()


def next_due(
    session: Session, standing_id: int, *, now: datetime, beside: Collection[date] = ()
) -> date | None:
    """The first day whose turn it is, and that is not dealt with. `beside`: not these. Two statements."""
    standing = session.get(StandingOrder, standing_id)
    if standing is None or standing.state is not StandingState.RUNNING:
        return None
    today = shanghai_date(now)
    first, last = today - LOOKS_BACK, today + timedelta(days=standing.days_before)
    done = set(
        session.scalars(
            sa.select(StandingDay.on).where(
                StandingDay.standing_id == standing_id,
                StandingDay.on >= first,
                StandingDay.state.not_in(UNFINISHED),
            )
        )
    )
    return next(
        (day for day in rhythm_of(standing).days(first, last) if day not in done and day not in beside), None
    )


def is_paused(session: Session, standing_id: int, day: date) -> bool:
    statement = sa.select(StandingPause.id).where(
        StandingPause.standing_id == standing_id, StandingPause.first_on <= day, StandingPause.last_on >= day
    )
    return session.scalar(statement.limit(1)) is not None


def cases_on(session: Session, standing_id: int, day: date) -> Mapping[int, int]:
    """What is ordered for the day, by variant. One statement."""
    newest = (
        sa.select(sa.func.max(StandingLine.from_on))
        .where(StandingLine.standing_id == standing_id, StandingLine.from_on <= day)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(StandingLine.variant_id, StandingLine.cases).where(
            StandingLine.standing_id == standing_id, StandingLine.from_on == newest
        )
    )
    return dict(rows.all())
