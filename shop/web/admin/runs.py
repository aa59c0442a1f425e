"""The truck: the coming weeks at once, and one run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectField, TimeField
from wtforms.validators import NumberRange

from shop.accounts.models import RoleName
from shop.delivery.models import Run
from shop.delivery.points import list_points
from shop.delivery.run_planning import (
    MOST_KG,
    MOST_WEEKS,
    WeeklyPlan,
    get_run,
    latest_run,
    list_runs,
    plan_weekly_runs,
)
from shop.delivery.runs import lock_runs
from shop.fulfilment.bookings import bookings_of, lock_bookings
from shop.fulfilment.errors import OrdersAreBooked
from shop.fulfilment.rescheduling import reschedule_run
from shop.kit.clock import in_shanghai, shanghai_date, shanghai_midnight, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED, text
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.meanwhile import Trail, save_over
from shop.web.admin.pages import desk_page
from shop.web.admin.run_journey import journey
from shop.web.admin.run_orders import orders_on
from shop.web.admin.words import choices, status_options
from shop.web.database import read_session, transact
from shop.web.fields import CheckboxesField, MomentField, WholeNumberField
from shop.web.filters import run_state_now
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import requires
from shop.web.viewer import current_user_id

WEEKDAYS = (
    _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
)  # fmt: skip
CAPACITY = [NEEDED, NumberRange(1, MOST_KG)]


def _weekday(label: Any, default: int) -> SelectField:
    return SelectField(label, [NEEDED], coerce=int, choices=list(enumerate(WEEKDAYS)), default=default)


class WeeklyForm(ShopForm):
    prefix = text(_("Letters before the week's number"), 12, needed=True)
    weeks = WholeNumberField(_("How many weeks"), [NEEDED, NumberRange(1, MOST_WEEKS)], default=8)
    cutoff_day = _weekday(_("Orders close on"), 2)
    cutoff_time = TimeField(_("at"), [NEEDED], default=time(18))
    departs_day = _weekday(_("The truck leaves on"), 4)
    departs_time = TimeField(_("at"), [NEEDED], default=time(7, 30))
    arrives_day = _weekday(_("It arrives on"), 4)
    arrives_time = TimeField(_("at"), [NEEDED], default=time(15, 30))
    capacity_kg = WholeNumberField(_("It carries, in kg"), CAPACITY, default=2500)
    point_ids = CheckboxesField(_("Stops"), coerce=int, choices=[])


class RunForm(ShopForm):
    seen = HiddenField()  # the mark of the orders that its person was told of
    cutoff_at = MomentField(_("Orders close"), [NEEDED])
    departs_at = MomentField(_("The truck leaves"), [NEEDED])
    arrives_at = MomentField(_("It arrives"), [NEEDED])
    capacity_kg = WholeNumberField(_("It carries, in kg"), CAPACITY)
    point_ids = CheckboxesField(_("Stops"), coerce=int, choices=[])


COLUMNS = (
    Column(
        "code", msg("Run"), head=True, link=lambda run: url_for("admin.run", run_id=run.id)
    ),
    Column("status", msg("State"), kind="status:run", value=run_state_now),
    Column("cutoff_at", msg("Orders close"), kind="moment"),
    Column("arrives_at", msg("It arrives"), kind="moment"),
    Column("booked_g", msg("Booked"), kind="grams"),
    Column("capacity_g", msg("It carries"), kind="grams"),
    Column("stops", msg("Stops"), value=lambda run: len(run.stops), kind="number"),
)  # fmt: skip
FILTERS = (Filter("status", msg("State"), "select", lambda _session: status_options("run")),)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    now = utc_now()
    since = shanghai_midnight(shanghai_date(now))  # a truck of today is not over
    return list_runs(session, since=since, now=now, status=wanted.text("status"), page=wanted.page)


@admin.get("/runs")
@requires(RoleName.ADMIN)
def runs() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Runs"),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.runs",
        empty=msg("Plan the coming weeks above."),
    )
    screen["create_href"], screen["create_label"] = url_for("admin.plan_runs"), gettext("Plan weekly runs")
    return desk_page("admin/list.html", "runs", screen=screen)


@admin.route("/runs/plan", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
def plan_runs() -> Any:
    form = WeeklyForm(data=_like_the_last(read_session()))
    _offer_points(form)
    if request.method == "POST" and form.validate():
        plan, actor_id, now = _plan(form), current_user_id(), utc_now()
        try:
            made = transact(lambda session: plan_weekly_runs(session, plan, actor_id=actor_id, now=now))
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(ngettext("%(num)s run is planned.", "%(num)s runs are planned.", len(made)), "ok")
            return redirect(url_for("admin.runs"), 303)
    screen = {
        "title": gettext("Plan weekly runs"),
        "note": gettext("Weeks that are planned already, holidays and vacations are left out."),
        "submit_label": gettext("Plan these runs"),
    }
    return _form_page("admin/form.html", screen, form)


@admin.get("/runs/<int:run_id>")
@requires(RoleName.ADMIN)
def run(run_id: int) -> Any:
    found = get_run(read_session(), run_id)
    return _run_page(found, RunForm(data=_values(found)))


@admin.post("/runs/<int:run_id>")
@requires(RoleName.ADMIN)
def save_run(run_id: int) -> Any:
    form = RunForm(data=_values(get_run(read_session(), run_id)))
    _offer_points(form)
    if form.validate():
        try:
            told = _save(form, run_id)
        except OrdersAreBooked as error:
            show_errors(form, error)
            form.seen.data = bookings_of(read_session(), run_id).mark
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            _say_saved(told)
            return redirect(url_for("admin.runs"), 303)
    return _run_page(get_run(read_session(), run_id), form)


def _save(form: RunForm, run_id: int) -> int:
    """How many orders have other times. Two who save at once read of each other: nobody's times are lost unsaid."""
    actor_id, now = current_user_id(), utc_now()

    def stored(session: Session) -> RunForm:
        lock_bookings(session, run_id)
        lock_runs(session, [run_id])
        return RunForm(formdata=None, data=_values(get_run(session, run_id)))

    def write(session: Session, typed: dict[str, Any]) -> int:
        seen, capacity_kg = typed.pop("seen") or "", typed.pop("capacity_kg") or 0
        values = {**typed, "capacity_g": capacity_kg * 1000}
        return reschedule_run(session, run_id, values, seen=seen, actor_id=actor_id, now=now)

    return save_over(form, stored, write, trail=Trail("run", get_run(read_session(), run_id).code))


def _say_saved(rescheduled: int) -> None:
    flash(gettext("Saved."), "ok")
    if rescheduled:
        words = ngettext(
            "%(num)s order has the new times; its buyer is told when the arrival changed.",
            "%(num)s orders have the new times; their buyers are told when the arrival changed.",
            rescheduled,
        )
        flash(words, "info")


def _run_page(found: Run, form: RunForm) -> Any:
    _offer_points(form)
    screen = {"title": found.code, "note": "", "action": url_for("admin.save_run", run_id=found.id)}
    session = read_session()
    facts = journey(session, found) | orders_on(session, found)
    return _form_page("admin/run.html", screen, form, run=found, **facts)


def _form_page(template: str, screen: dict[str, Any], form: ShopForm, **facts: Any) -> Any:
    screen |= {"back_href": url_for("admin.runs"), "back_label": gettext("Runs")}
    return desk_page(template, "runs", screen=screen, form=form, **facts), _status()


def _status() -> int:
    return 400 if request.method == "POST" else 200


def _offer_points(form: ShopForm) -> None:
    form.point_ids.choices = choices(list_points(read_session()).items)


def _values(found: Run) -> dict[str, Any]:
    return {
        "cutoff_at": found.cutoff_at,
        "departs_at": found.departs_at,
        "arrives_at": found.arrives_at,
        "capacity_kg": found.capacity_g // 1000,
        "point_ids": [stop.pickup_point_id for stop in found.stops],
    }


def _like_the_last(session: Session) -> dict[str, Any]:
    last = latest_run(session)
    if last is None:
        return {}
    values: dict[str, Any] = {
        "prefix": last.code.partition("-")[0],
        "capacity_kg": last.capacity_g // 1000,
        "point_ids": [stop.pickup_point_id for stop in last.stops],
    }
    for step in ("cutoff", "departs", "arrives"):
        when = in_shanghai(getattr(last, f"{step}_at"))
        values |= {f"{step}_day": when.weekday(), f"{step}_time": when.time().replace(second=0)}
    return values


def _plan(form: WeeklyForm) -> WeeklyPlan:
    when: Callable[[str], tuple[int, time]] = lambda step: (  # noqa: E731
        form[f"{step}_day"].data,
        form[f"{step}_time"].data,
    )
    return WeeklyPlan(
        prefix=form.prefix.data or "",
        cutoff=when("cutoff"),
        departs=when("departs"),
        arrives=when("arrives"),
        capacity_g=(form.capacity_kg.data or 0) * 1000,
        point_ids=tuple(form.point_ids.data or ()),
        weeks=form.weeks.data or 0,
    )
