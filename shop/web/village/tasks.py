"""One task, with everything that can be done about it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.accepting import accept
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.giving_back import give_back
from shop.fulfilment.goods import add_up
from shop.fulfilment.household_tasks import give_back_list, one_task, producer_head, work_list
from shop.fulfilment.later_trucks import missed_orders, next_trucks
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.receiving import receive, undo_receive
from shop.fulfilment.shortage import fall_short
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import error_message, translated
from shop.web.guards import requires
from shop.web.short_form import read_short, typed_short
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach
from shop.web.village.forms import DeclineForm


@village.get("/work")
@requires(RoleName.COORDINATOR)
def work() -> str:
    session, by, now = read_session(), reach(), utc_now()
    missed = missed_orders(session, by)
    return page(
        "village/work.html",
        "work",
        tasks=work_list(session, by, now=now),
        back_to_households=give_back_list(session, by),
        missed=missed,
        next_trucks=next_trucks(session, {one.point_id for one in missed if one.point_id}, now=now)
        if missed
        else {},
    )


@village.get("/tasks/<int:task_id>")
@requires(RoleName.COORDINATOR)
def task(task_id: int) -> str:
    return _page(task_id, DeclineForm())


@village.post("/tasks/<int:task_id>/accept")
@requires(RoleName.COORDINATOR)
def accept_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda s: accept(s, [task_id], by=by, now=now), gettext("Accepted for the household."), _at(task_id)
    )


@village.post("/tasks/<int:task_id>/ready")
@requires(RoleName.COORDINATOR)
def ready_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    return press(lambda s: mark_ready(s, [task_id], by=by, now=now), gettext("Reported ready."), _at(task_id))


@village.post("/tasks/<int:task_id>/undo-ready")
@requires(RoleName.COORDINATOR)
def undo_ready_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    return press(lambda s: undo_ready(s, task_id, by=by, now=now), gettext("Taken back."), _at(task_id))


@village.post("/tasks/<int:task_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_task(task_id: int) -> Response:
    """Pressed on a task's page or on the packing page, and back to where it was pressed."""
    by, now, back = reach(), utc_now(), _at(task_id)
    if request.form.get("back") == "order":
        back = url_for("village.order", number=one_task(read_session(), task_id, by).order_number)
    return press(lambda s: receive(s, [task_id], by=by, now=now), gettext("Received."), back)


@village.post("/tasks/<int:task_id>/undo-receive")
@requires(RoleName.COORDINATOR)
def undo_receive_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    return press(lambda s: undo_receive(s, task_id, by=by, now=now), gettext("Taken back."), _at(task_id))


@village.post("/tasks/<int:task_id>/given-back")
@requires(RoleName.COORDINATOR)
def give_back_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    done = gettext("Given back to the household.")
    return press(lambda s: give_back(s, task_id, by=by, now=now), done, url_for("village.work"))


@village.post("/tasks/<int:task_id>/decline")
@requires(RoleName.COORDINATOR)
def decline_task(task_id: int) -> Any:
    form, by, now = DeclineForm(), reach(), utc_now()
    if not form.validate_on_submit():
        return _page(task_id, form), 400
    reason = form.reason.data or ""
    return press(
        lambda s: decline(s, task_id, reason, by=by, now=now),
        lambda all_found: (
            gettext("Declined for the household. Another one has the units now.")
            if all_found
            else gettext("Declined for the household. Nobody else has all of the units: they wait for you.")
        ),
        _at(task_id),
    )


@village.post("/tasks/<int:task_id>/short")
@requires(RoleName.COORDINATOR)
def short_task(task_id: int) -> Any:
    """The household has only some of the units; it prepares those, and the rest goes on."""
    by, now = reach(), utc_now()
    goods = add_up(one_task(read_session(), task_id, by).goods)
    try:
        keeps = read_short(request.form, goods)
    except InvalidInput as error:
        return _page(task_id, DeclineForm(formdata=None), refused=error), 400
    return press(
        lambda s: fall_short(s, task_id, keeps, by=by, now=now),
        lambda all_found: (
            gettext("Written down for the household. Another one has the missing units now.")
            if all_found
            else gettext(
                "Written down for the household. Nobody else has all of the missing units: they wait for you."
            )
        ),
        _at(task_id),
    )


@village.post("/tasks/<int:task_id>/reassign")
@requires(RoleName.COORDINATOR)
def reassign_task(task_id: int) -> Response:
    by, now = reach(), utc_now()
    return press(
        lambda s: reassign(s, task_id, by=by, now=now),
        gettext("Given to another household."),
        url_for("village.work"),
    )


def _page(task_id: int, form: DeclineForm, *, refused: InvalidInput | None = None) -> str:
    """The task; `refused` says what is wrong with the missing units that were typed."""
    session, by = read_session(), reach()
    shown = one_task(session, task_id, by)
    goods = add_up(shown.goods)
    return page(
        "village/task.html",
        "board",
        task=shown,
        producer=producer_head(session, shown.producer_id, by),
        form=form,
        together=goods,
        short=typed_short(request.form, goods) if refused else {},
        short_errors={name: translated(text, {}) for name, text in refused.errors.items()} if refused else {},
        short_error=error_message(refused) if refused and not refused.errors else "",
    )


def _at(task_id: int) -> str:
    return url_for("village.task", task_id=task_id)
