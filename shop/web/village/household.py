"""One household's tasks: the coordinator presses for it, and it is written down."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.accepting import accept
from shop.fulfilment.board import Lane
from shop.fulfilment.household_tasks import household_tasks, producer_head
from shop.fulfilment.readiness import mark_ready
from shop.fulfilment.receiving import receive
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, whole_number
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
    by, now, ids = reach(), utc_now(), _chosen(producer_id)
    done = ngettext(
        "%(num)s task accepted for the household.", "%(num)s tasks accepted for the household.", len(ids)
    )
    return press(lambda session: accept(session, ids, by=by, now=now), done, _back(producer_id))


@village.post("/producers/<int:producer_id>/ready")
@requires(RoleName.COORDINATOR)
def ready_for(producer_id: int) -> Response:
    by, now, ids = reach(), utc_now(), _chosen(producer_id)
    done = ngettext("%(num)s task reported ready.", "%(num)s tasks reported ready.", len(ids))
    return press(lambda session: mark_ready(session, ids, by=by, now=now), done, _back(producer_id))


@village.post("/producers/<int:producer_id>/receive")
@requires(RoleName.COORDINATOR)
def receive_from(producer_id: int) -> Response:
    by, now, ids = reach(), utc_now(), _chosen(producer_id)
    done = ngettext("%(num)s task received.", "%(num)s tasks received.", len(ids))
    return press(lambda session: receive(session, ids, by=by, now=now), done, _back(producer_id))


def _chosen(producer_id: int) -> list[int]:
    """The tasks that were ticked. Raises NotFound for somebody else's household, InvalidInput for none."""
    producer_head(read_session(), producer_id, reach())
    ids = request.form.getlist("task", type=whole_number)
    if not ids or len(ids) > MOST_AT_ONCE:
        raise InvalidInput(msg("Please choose at least one task."))
    return ids


def _back(producer_id: int) -> str:
    wanted = request.form.get("back", "")
    return (
        url_for("village.board")
        if wanted == "board"
        else url_for("village.producer", producer_id=producer_id)
    )
