"""One household's tasks: the coordinator presses for it, and it is written down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.accepting import accept
from shop.fulfilment.board import Lane
from shop.fulfilment.household_tasks import household_tasks, producer_head
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.kit.clock import utc_now
from shop.kit.text import whole_number
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press, reach

MOST_AT_ONCE = 200


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
    return _press(
        producer_id,
        accept,
        lambda num: ngettext(
            "%(num)s task accepted for the household.", "%(num)s tasks accepted for the household.", num
        ),
    )


@village.post("/producers/<int:producer_id>/ready")
@requires(RoleName.COORDINATOR)
def ready_for(producer_id: int) -> Response:
    return _press(
        producer_id,
        mark_ready,
        lambda num: ngettext("%(num)s task reported ready.", "%(num)s tasks reported ready.", num),
    )


@village.post("/producers/<int:producer_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_from(producer_id: int) -> Response:
    return _press(
        producer_id,
        receive,
        lambda num: ngettext("%(num)s task received.", "%(num)s tasks received.", num),
    )


def _press(producer_id: int, step: Callable[..., Any], done: Callable[[int], str]) -> Response:
    """Do a step with the ticked tasks, or say that none is ticked. Raises NotFound for somebody else's household."""
    by, now = reach(), utc_now()
    producer_head(read_session(), producer_id, by)
    ids = request.form.getlist("task", type=whole_number)
    back = url_for("village.producer", producer_id=producer_id)
    if not ids or len(ids) > MOST_AT_ONCE:
        flash(gettext("Please choose at least one task."), "bad")
        return redirect(back, 303)
    return press(lambda session: step(session, ids, by=by, now=now), done(len(ids)), back)
