"""One task, with everything that can be done about it."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.household_tasks import give_back_list, work_list
from shop.fulfilment.late_parcels import late_parcels
from shop.fulfilment.later_trucks import missed_orders, next_trucks
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.forms import DeclineForm
from shop.web.village.packaging import running_out
from shop.web.village.recalls import lies_apart, to_put_aside
from shop.web.village.task_deeds import (
    accepting,
    declining,
    falling_short,
    giving_back,
    readying,
    reassigning,
    receiving,
    undoing_ready,
    undoing_receipt,
)
from shop.web.village.task_page import task_page


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
        to_put_aside=to_put_aside(),
        apart=lies_apart(),
        running_out=running_out(),
        missed=missed,
        late=late_parcels(session, by, now=now),
        next_trucks=next_trucks(session, {one.point_id for one in missed if one.point_id}, now=now)
        if missed
        else {},
    )


@village.get("/tasks/<int:task_id>")
@requires(RoleName.COORDINATOR)
def task(task_id: int) -> str:
    return task_page(task_id)


@village.post("/tasks/<int:task_id>/accept")
@requires(RoleName.COORDINATOR)
def accept_task(task_id: int) -> Response:
    return press_deed(accepting(task_id, form_press()))


@village.post("/tasks/<int:task_id>/ready")
@requires(RoleName.COORDINATOR)
def ready_task(task_id: int) -> Response:
    return press_deed(readying(task_id, form_press()))


@village.post("/tasks/<int:task_id>/undo-ready")
@requires(RoleName.COORDINATOR)
def undo_ready_task(task_id: int) -> Response:
    return press_deed(undoing_ready(task_id, form_press()))


@village.post("/tasks/<int:task_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_task(task_id: int) -> Response:
    """Pressed on a task's page or on the packing page, and back to where it was pressed."""
    return press_deed(receiving(task_id, form_press()))


@village.post("/tasks/<int:task_id>/undo-receive")
@requires(RoleName.COORDINATOR)
def undo_receive_task(task_id: int) -> Response:
    return press_deed(undoing_receipt(task_id, form_press()))


@village.post("/tasks/<int:task_id>/given-back")
@requires(RoleName.COORDINATOR)
def give_back_task(task_id: int) -> Response:
    return press_deed(giving_back(task_id, form_press()))


@village.post("/tasks/<int:task_id>/decline")
@requires(RoleName.COORDINATOR)
def decline_task(task_id: int) -> Any:
    form = DeclineForm()
    if not form.validate_on_submit():
        return task_page(task_id, form), 400
    return press_deed(declining(task_id, form_press()))


@village.post("/tasks/<int:task_id>/short")
@requires(RoleName.COORDINATOR)
def short_task(task_id: int) -> Any:
    """The household has only some of the units; it prepares those, and the rest goes on."""
    try:
        deed = falling_short(task_id, form_press())
    except InvalidInput as error:
        return task_page(task_id, refused=error), 400
    return press_deed(deed)


@village.post("/tasks/<int:task_id>/reassign")
@requires(RoleName.COORDINATOR)
def reassign_task(task_id: int) -> Response:
    return press_deed(reassigning(task_id, form_press()))
