"""One household's tasks: the coordinator presses for it, and it is written down."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.board import Lane
from shop.fulfilment.household_tasks import household_tasks, producer_head
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.error_pages import error_message
from shop.web.form_press import form_press, press_deed
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.task_deeds import accepting_for, readying_for, receiving_from


@village.get("/producers/<int:producer_id>")
@requires(RoleName.COORDINATOR)
def producer(producer_id: int) -> str:
    session, by = read_session(), reach()
    head = producer_head(session, producer_id, by)
    found = household_tasks(session, producer_id, by)
    lanes = {lane: [task for task in found if task.lane == lane] for lane in Lane}
    return page("village/producer.html", "board", producer=head, lanes=lanes)


@village.post("/producers/<int:producer_id>/accept")
@requires(RoleName.COORDINATOR)
def accept_for(producer_id: int) -> Response:
    return _press(accepting_for, producer_id)


@village.post("/producers/<int:producer_id>/ready")
@requires(RoleName.COORDINATOR)
def ready_for(producer_id: int) -> Response:
    return _press(readying_for, producer_id)


@village.post("/producers/<int:producer_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_from(producer_id: int) -> Response:
    return _press(receiving_from, producer_id)


def _press(make: Callable[[int, Press], Deed], producer_id: int) -> Response:
    """Do a step with the ticked tasks, or say that none is ticked."""
    try:
        deed = make(producer_id, form_press())
    except InvalidInput as error:
        flash(error_message(error), "bad")
        return redirect(url_for("village.producer", producer_id=producer_id), 303)
    return press_deed(deed)
