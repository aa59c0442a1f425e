"""Tasks that are stuck: units that nobody has, and households that say nothing past their deadline."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.declining import reassign
from shop.fulfilment.household_tasks import count_work, work_list
from shop.fulfilment.reach import Reach
from shop.kit.clock import utc_now
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.links import safe_next
from shop.web.viewer import current_user_id

EVERYTHING = Reach(everything=True)


@admin.get("/tasks")
@requires(RoleName.ADMIN)
def tasks() -> str:
    session, now = read_session(), utc_now()
    return desk_page(
        "admin/tasks.html",
        "tasks",
        tasks=work_list(session, EVERYTHING, now=now),
        count=count_work(session, EVERYTHING, now=now),
        now=now,
    )


@admin.post("/tasks/<int:task_id>/reassign")
@requires(RoleName.ADMIN)
def reassign_task(task_id: int) -> Response:
    by, now = Reach(user_id=current_user_id(), everything=True, for_household=True), utc_now()
    return act(
        lambda session: reassign(session, task_id, by=by, now=now),
        done=gettext("Another household has it now."),
        back=safe_next(request.form.get("back"), url_for("admin.tasks")),
    )
