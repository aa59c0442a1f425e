"""Planned files of a view: a plain form that writes an RRULE, the list of them, and what became of each date."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.exports.recurrence import LAST_MONTHDAY, WEEKDAYS, Every, Recurrence
from shop.exports.schedule_models import Period, ReportSchedule, ScheduleState
from shop.exports.schedules import (
    Plan,
    delete_schedule,
    own_schedule,
    own_schedules,
    pause_by_hand,
    plan_exports,
    resume,
    runs_of,
)
from shop.exports.views import SavedView, find_view
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import msg, typed_number
from shop.reports.all_reports import REPORTS
from shop.reports.readable import readable_names
from shop.reports.scheduled import readable_view
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.filters import in_chinese
from shop.web.language import current_language
from shop.web.report_desks import ReportDesk, current_reader
from shop.web.report_exports import shown_job
from shop.web.report_files import FILES
from shop.web.viewer import current_user_id

EVERY_WORDS: Final = {
    Every.DAY: msg("every day"),
    Every.WEEK: msg("every week"),
    Every.MONTH: msg("every month"),
}
WEEKDAY_WORDS: Final = {
    "MO": msg("Monday"),
    "TU": msg("Tuesday"),
    "WE": msg("Wednesday"),
    "TH": msg("Thursday"),
    "FR": msg("Friday"),
    "SA": msg("Saturday"),
    "SU": msg("Sunday"),
}
PERIOD_WORDS: Final = {
    Period.YESTERDAY: msg("the day before"),
    Period.LAST_WEEK: msg("the week before, Monday to Sunday"),
    Period.LAST_MONTH: msg("the month before"),
    Period.MONTH_SO_FAR: msg("this month so far"),
    Period.YEAR_SO_FAR: msg("this year so far"),
    Period.LAST_YEAR: msg("the year before"),
}
_BEGINS: Final = {
    "every": "WEEKLY",
    "weekday": "MO",
    "monthday": "1",
    "at": "07:30",
    "period": Period.LAST_WEEK.value,
    "kind": "xlsx",
}
Typed = dict[str, str]


def schedules_page(desk: ReportDesk) -> str:
    found = own_schedules(read_session(), current_user_id(), desk.desk)
    return desk.render("schedules.html", desk=desk, schedules=[_shown(desk, one) for one in found])


def plan_page(desk: ReportDesk, view_id: int) -> Any:
    """What was typed is kept when it cannot be. Raises NotFound for a view that is not its reader's to see."""
    reader = current_reader()
    view = find_view(read_session(), reader, readable_names(desk.desk, reader), view_id)
    typed, errors = {**_BEGINS, "token": secret_token()}, dict[str, str]()
    if request.method == "POST":
        typed |= {key: request.form.get(key, "")[:64] for key in typed}
        try:
            return redirect(_plan(desk, view, typed), 303)
        except InvalidInput as error:
            errors = {key: translated(message, error.facts) for key, message in error.errors.items()}
        except Conflict as error:
            errors = {"": error_message(error)}
    page = desk.render(
        "schedule_new.html",
        desk=desk,
        view=view,
        title=gettext(REPORTS[view.report].title),
        typed=typed,
        errors=errors,
        every=[(one.value, gettext(word)) for one, word in EVERY_WORDS.items()],
        weekdays=[(one, gettext(word)) for one, word in WEEKDAY_WORDS.items()],
        monthdays=[(str(one), str(one)) for one in range(1, LAST_MONTHDAY + 1)],
        periods=[(one.value, gettext(word)) for one, word in PERIOD_WORDS.items()],
        kinds=[(kind, kind.upper()) for kind in FILES],
    )
    return (page, 400) if errors else page


def schedule_page(desk: ReportDesk, schedule_id: int) -> Any:
    """`do` says what is pressed. Raises NotFound."""
    schedule = own_schedule(read_session(), current_user_id(), desk.desk, schedule_id)
    if request.method == "POST":
        return _press(desk, schedule_id, request.form.get("do", ""))
    runs = runs_of(read_session(), schedule_id)
    return desk.render(
        "schedule.html", desk=desk, runs=[shown_job(desk, one) for one in runs], **_shown(desk, schedule)
    )


def _plan(desk: ReportDesk, view: SavedView, typed: Typed) -> str:
    """Where it goes on. Raises InvalidInput, TooManySchedules."""
    plan = Plan(
        desk=desk.desk,
        view=view,
        recurrence=_recurrence(typed),
        period=Period(_one_of(typed, "period", [one.value for one in Period])),
        kind=_one_of(typed, "kind", FILES),
        language=current_language(),
    )
    owner_id, now = current_user_id(), utc_now()
    token = typed["token"] or secret_token()
    schedule_id = transact(
        lambda session: plan_exports(session, plan, owner_id=owner_id, token=token, now=now)
    )
    flash(gettext("The files are planned."), "ok")
    return desk.schedule(schedule_id)


def _recurrence(typed: Typed) -> Recurrence:
    try:
        at = time.fromisoformat(typed["at"].strip().replace("：", ":"))
    except ValueError as error:
        raise InvalidInput(msg("A time is written like 07:30."), field="at") from error
    return Recurrence(
        every=Every(_one_of(typed, "every", [one.value for one in Every])),
        hour=at.hour,
        minute=at.minute,
        weekday=_one_of(typed, "weekday", WEEKDAYS),
        monthday=typed_number(_one_of(typed, "monthday", [str(one) for one in range(1, LAST_MONTHDAY + 1)])),
    )


def _one_of(typed: Typed, name: str, known: Any) -> str:
    if typed[name] not in known:
        raise InvalidInput(msg("Please choose from the list."), field=name)
    return typed[name]


def _press(desk: ReportDesk, schedule_id: int, pressed: str) -> Response:
    owner_id, now = current_user_id(), utc_now()
    if pressed == "delete":
        transact(lambda session: delete_schedule(session, owner_id, desk.desk, schedule_id, now=now))
        flash(gettext("The planned files are deleted."), "ok")
        return redirect(desk.schedules(), 303)
    if pressed == "pause":
        done = transact(lambda session: pause_by_hand(session, owner_id, desk.desk, schedule_id, now=now))
        flash(gettext("Paused.") if done else gettext("Nothing was changed."), "ok" if done else "info")
    elif pressed == "resume":
        _resume(desk, schedule_id)
    return redirect(desk.schedule(schedule_id), 303)


def _resume(desk: ReportDesk, schedule_id: int) -> None:
    """Who still may not read it is told so, and nothing changes."""
    owner_id, now = current_user_id(), utc_now()
    why, view = readable_view(read_session(), own_schedule(read_session(), owner_id, desk.desk, schedule_id))
    if view is None:
        flash(gettext(why), "bad")
        return
    done = transact(lambda session: resume(session, owner_id, desk.desk, schedule_id, now=now))
    flash(gettext("It goes on.") if done else gettext("Nothing was changed."), "ok" if done else "info")


def _shown(desk: ReportDesk, one: ReportSchedule) -> dict[str, Any]:
    return {
        "schedule": one,
        "title": gettext(REPORTS[one.report].title) if one.report in REPORTS else one.report,
        "view": in_chinese(one.view),
        "period": gettext(PERIOD_WORDS[one.period]),
        "is_active": one.state is ScheduleState.ACTIVE,
        "reason": gettext(one.reason) if one.reason else "",
        "href": desk.schedule(one.id),
        "when": when_of(one.rule),
    }


def when_of(rule: str) -> str:
    """One of our rules in words."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    at = f"{int(parts['BYHOUR']):02}:{int(parts['BYMINUTE']):02}"
    weekday, monthday = parts.get("BYDAY", ""), parts.get("BYMONTHDAY", "")
    if weekday:
        said = gettext("every %(weekday)s at %(at)s", weekday=gettext(WEEKDAY_WORDS[weekday]), at=at)
    elif monthday:
        said = gettext("on day %(day)s of every month at %(at)s", day=monthday, at=at)
    else:
        said = gettext("every day at %(at)s", at=at)
    return str(said)
