"""The truck's journey, pressed by the team: for a truck that the villages forgot, with the same checks as theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.delivery.models import Run, RunStatus
from shop.delivery.run_planning import get_run
from shop.fulfilment.left_behind import left_behind
from shop.fulfilment.reach import Reach
from shop.fulfilment.run_list import count_loaded
from shop.fulfilment.runs import arrive, depart
from shop.fulfilment.taking_back import UNDO_FOR, undo_arrive, undo_depart
from shop.kit.clock import utc_now
from shop.web.admin.blueprint import admin
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_user_id


def journey(session: Session, run: Run) -> dict[str, Any]:
    """What the run's page shows of its journey: before it leaves, what is on it and what would stay behind."""
    now = utc_now()
    left_at = run.departed_at
    facts: dict[str, Any] = {"now": now, "can_undo": left_at is not None and now - left_at <= UNDO_FOR}
    if run.status is RunStatus.PLANNED and now >= run.cutoff_at:
        facts |= {"loaded": count_loaded(session, run.id), "behind": left_behind(session, run.id)}
    return facts


@admin.post("/runs/<int:run_id>/depart")
@requires(RoleName.ADMIN)
def depart_run(run_id: int) -> Response:
    behind = request.form.get("behind", "")
    done = gettext("The truck has left. Its parcels are on their way.")
    return _press(run_id, lambda s, code, **how: depart(s, code, behind=behind, **how), done)


@admin.post("/runs/<int:run_id>/undo-depart")
@requires(RoleName.ADMIN)
def undo_depart_run(run_id: int) -> Response:
    return _press(run_id, undo_depart, gettext("Taken back. The truck stands here with its parcels."))


@admin.post("/runs/<int:run_id>/arrive")
@requires(RoleName.ADMIN)
def arrive_run(run_id: int) -> Response:
    return _press(run_id, arrive, gettext("The truck has arrived. The buyers are told."))


@admin.post("/runs/<int:run_id>/undo-arrive")
@requires(RoleName.ADMIN)
def undo_arrive_run(run_id: int) -> Response:
    done = gettext("Taken back. A buyer who was told already hears that the parcel is not there yet.")
    return _press(run_id, undo_arrive, done)


def _press(run_id: int, step: Callable[..., Any], done: str) -> Response:
    code = get_run(read_session(), run_id).code
    by, now = Reach(user_id=current_user_id(), everything=True), utc_now()
    return act(
        lambda session: step(session, code, by=by, now=now),
        done=done,
        back=url_for("admin.run", run_id=run_id),
    )
