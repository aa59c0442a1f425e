"""Planning the truck: weekly runs, changes to one run, and calling one off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.accounts.editing.rows import as_fact
from shop.delivery.models import CalendarKind, CalendarSpan, PickupPoint, Run, RunStatus, RunStop
from shop.kit.clock import iso_week_start, shanghai_date, shanghai_moment
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.storage.expressions import nearest_first
from shop.storage.paging import Page, read_page

MOST_WEEKS: Final = 26
MOST_KG: Final = 20_000
_CLOSED_KINDS: Final = (CalendarKind.HOLIDAY, CalendarKind.VACATION)
CLOSED: Final = "closed"
_TIMES: Final = ("cutoff_at", "departs_at", "arrives_at")
_LOOK_AHEAD: Final = 60  # weeks: over any vacation


class RunIsBooked(Conflict):
    code = "run_is_booked"
    default_message = msg("Parcels stand on this truck. It can be called off when they are unloaded.")


class RunHasLeft(Conflict):
    code = "run_has_left"
    default_message = msg("This run has left or was called off; it cannot be changed.")


@dataclass(frozen=True)
class WeeklyPlan:
    """Weekdays count from Monday = 0; times are those on the wall in Shanghai."""

    prefix: str
    cutoff: tuple[int, time]
    departs: tuple[int, time]
    arrives: tuple[int, time]
    capacity_g: int
    point_ids: tuple[int, ...]
    weeks: int


def list_runs(
    session: Session, *, since: datetime, now: datetime, status: str = "", page: int = 1
) -> Page[Run]:
    """Those that arrive after `since`, the nearest first; then those before, the latest first. With their stops.

    Between its cutoff and its departure a run is found as `closed`, and no more as `planned`.
    """
    to_come = Run.arrives_at >= since
    statement = sa.select(Run).order_by(*nearest_first(to_come, Run.arrives_at), Run.id.desc())
    if status in {CLOSED, RunStatus.PLANNED}:
        is_closed = Run.cutoff_at <= now
        statement = statement.where(
            Run.status == RunStatus.PLANNED, is_closed if status == CLOSED else ~is_closed
        )
    elif status in set(RunStatus):
        statement = statement.where(Run.status == RunStatus(status))
    loaded = statement.options(selectinload(Run.stops).selectinload(RunStop.pickup_point))
    return read_page(session, loaded, number=page, scalars=True)


def run_state(run: Run, now: datetime) -> str:
    """The status of a run as people see it: `closed` between its cutoff and its departure."""
    return CLOSED if run.status is RunStatus.PLANNED and now >= run.cutoff_at else str(run.status)


def get_run(session: Session, run_id: int) -> Run:
    """With its stops. Raises NotFound."""
    run = session.scalar(
        sa.select(Run)
        .where(Run.id == run_id)
        .options(selectinload(Run.stops).selectinload(RunStop.pickup_point))
    )
    if run is None:
        raise NotFound()
    return run


def latest_run(session: Session) -> Run | None:
    """The run that the next ones are likely to be like."""
    return session.scalar(
        sa.select(Run)
        .where(Run.status != RunStatus.CANCELLED)
        .order_by(Run.arrives_at.desc())
        .limit(1)
        .options(selectinload(Run.stops))
    )


def plan_weekly_runs(
    session: Session, plan: WeeklyPlan, *, actor_id: int | None, now: datetime
) -> Sequence[str]:
    """Add the runs of the coming weeks that are not there yet; returns their codes.

    Weeks whose arrival falls on a holiday or into a vacation are left out. Raises InvalidInput.
    """
    _judge_points(session, plan.point_ids)
    _judge_capacity(plan.capacity_g, booked_g=0)
    if not 1 <= plan.weeks <= MOST_WEEKS:
        raise InvalidInput(msg("From 1 to %(most)s weeks."), field="weeks", most=MOST_WEEKS)
    known = set(session.scalars(sa.select(Run.code)))
    made = []
    for monday in _mondays(session, plan, now):
        run = _run(plan, monday)
        _judge_times(run.cutoff_at, run.departs_at, run.arrives_at)
        if run.code not in known:
            run.stops = _stops(plan.point_ids)
            session.add(run)
            made.append(run.code)
    session.flush()
    if made:
        audit(session, actor_id, "runs.planned", "run", made[0], {"codes": made}, now=now)
    return made


def change_run(
    session: Session, run_id: int, values: Mapping[str, Any], *, actor_id: int | None, now: datetime
) -> frozenset[str]:
    """New times, capacity or stops of a run that has not left; returns what was changed. While it is booked, stops are
    only added. Locks the run. Raises NotFound, RunHasLeft, RunIsBooked, InvalidInput.
    """
    run = _planned(session, run_id)
    _judge_times(values["cutoff_at"], values["departs_at"], values["arrives_at"])
    _refuse_past(run, values, now)
    _judge_capacity(values["capacity_g"], booked_g=run.booked_g)
    wanted = list(values["point_ids"])
    _judge_points(session, wanted)
    before_stops = [stop.pickup_point_id for stop in run.stops]
    if run.booked_g and not set(before_stops) <= set(wanted):
        raise RunIsBooked(msg("Orders are booked on this run: stops can be added, not taken away."))
    facts = {}
    for name in [*_moved(run, values), *(["capacity_g"] if run.capacity_g != values["capacity_g"] else [])]:
        facts[name] = [as_fact(getattr(run, name)), as_fact(values[name])]
        setattr(run, name, values[name])
    if set(before_stops) != set(wanted):
        facts["stops"] = [before_stops, wanted]
        _set_stops(session, run, wanted)
    session.flush()
    if facts:
        audit(session, actor_id, "run.changed", "run", run.code, facts, now=now)
    return frozenset(facts)


def cancel_run(
    session: Session, run_id: int, *, unless: sa.ColumnElement[bool], actor_id: int | None, now: datetime
) -> Run:
    """Call off a run, `unless` something stands on it; what becomes of its orders is the caller's. Locks the run.

    Raises NotFound, RunHasLeft, RunIsBooked.
    """
    run = _planned(session, run_id)
    if session.scalar(sa.select(unless)):
        raise RunIsBooked()
    run.status = RunStatus.CANCELLED
    session.flush()
    audit(session, actor_id, "run.cancelled", "run", run.code, {}, now=now)
    return run


def _planned(session: Session, run_id: int) -> Run:
    """Locked, so that nobody books it meanwhile."""
    session.execute(sa.select(Run.id).where(Run.id == run_id).with_for_update())
    run = get_run(session, run_id)
    if run.status is not RunStatus.PLANNED:
        raise RunHasLeft()
    return run


def _stops(point_ids: Collection[int]) -> list[RunStop]:
    return [RunStop(pickup_point_id=one, position=place) for place, one in enumerate(point_ids)]


def _set_stops(session: Session, run: Run, wanted: list[int]) -> None:
    kept = {stop.pickup_point_id: stop for stop in run.stops}
    for point_id, stop in kept.items():
        if point_id not in wanted:
            session.delete(stop)
    for place, point_id in enumerate(wanted):
        if point_id in kept:
            kept[point_id].position = place
        else:
            session.add(RunStop(run_id=run.id, pickup_point_id=point_id, position=place))


def _judge_times(cutoff_at: datetime, departs_at: datetime, arrives_at: datetime) -> None:
    errors = {}
    if departs_at < cutoff_at:
        errors["departs_at"] = msg("The truck cannot leave before its orders are closed.")
    if arrives_at <= departs_at:
        errors["arrives_at"] = msg("The truck cannot arrive before it leaves.")
    if errors:
        raise InvalidInput(errors=errors)


def _refuse_past(run: Run, values: Mapping[str, Any], now: datetime) -> None:
    """A time may stand in the past, such as the cut-off of a run that is being loaded, but not be put there."""
    if past := [name for name in _moved(run, values) if values[name] <= now]:
        raise InvalidInput(errors=dict.fromkeys(past, msg("This moment has passed already.")))


def _moved(run: Run, values: Mapping[str, Any]) -> list[str]:
    """The times that are others; forms show no seconds, so what falls into the same minute was not changed."""
    return [name for name in _TIMES if _minute(values[name]) != _minute(getattr(run, name))]


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _judge_capacity(capacity_g: int, *, booked_g: int) -> None:
    if not 0 < capacity_g <= MOST_KG * 1000:
        raise InvalidInput(msg("From 1 to %(most)s kg."), field="capacity_kg", most=MOST_KG)
    if capacity_g < booked_g:
        raise InvalidInput(
            msg("%(booked)s kg are booked already."), field="capacity_kg", booked=-(-booked_g // 1000)
        )


def _judge_points(session: Session, point_ids: Collection[int]) -> None:
    known = set(session.scalars(sa.select(PickupPoint.id).where(PickupPoint.id.in_(point_ids))))
    if not point_ids or known != set(point_ids):
        raise InvalidInput(msg("Please choose at least one pickup point."), field="point_ids")


def _mondays(session: Session, plan: WeeklyPlan, now: datetime) -> Iterator[date]:
    closed = session.scalars(sa.select(CalendarSpan).where(CalendarSpan.kind.in_(_CLOSED_KINDS))).all()
    left, first = plan.weeks, iso_week_start(shanghai_date(now))
    for week in range(_LOOK_AHEAD):
        monday = first + timedelta(weeks=week)
        arrival = monday + timedelta(days=plan.arrives[0])
        is_closed = any(span.first_day <= arrival <= span.last_day for span in closed)
        if left and not is_closed and _at(monday, plan.cutoff) > now:
            left -= 1
            yield monday


def _run(plan: WeeklyPlan, monday: date) -> Run:
    year, week, _ = (monday + timedelta(days=plan.arrives[0])).isocalendar()
    return Run(
        code=f"{tidy(plan.prefix)[:20]}-{year}-{week:02d}",
        cutoff_at=_at(monday, plan.cutoff),
        departs_at=_at(monday, plan.departs),
        arrives_at=_at(monday, plan.arrives),
        capacity_g=plan.capacity_g,
    )


def _at(monday: date, when: tuple[int, time]) -> datetime:
    return shanghai_moment(monday + timedelta(days=when[0]), when[1])
