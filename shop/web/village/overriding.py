"""Giving units to another household than the rule: who has them, who could have them, and why."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext
from wtforms import HiddenField

from shop.accounts.models import RoleName
from shop.fulfilment.household_tasks import one_task
from shop.fulfilment.override_list import to_give
from shop.fulfilment.overriding import override
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import typed_number
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import page, reach
from shop.web.village.forms import DeclineForm


class OverrideForm(DeclineForm):
    lot = HiddenField()

    @property
    def lot_id(self) -> int | None:
        try:
            return typed_number(self.lot.data or "")
        except ValueError:
            return None


@village.get("/tasks/<int:task_id>/other")
@requires(RoleName.COORDINATOR)
def other_household(task_id: int) -> str:
    return _page(task_id, OverrideForm(formdata=None))


@village.post("/tasks/<int:task_id>/other")
@requires(RoleName.COORDINATOR)
def give_to_other(task_id: int) -> Any:
    form, by, now = OverrideForm(), reach(), utc_now()
    lot_id, reason = form.lot_id, form.reason.data or ""
    if lot_id is None:
        form.form_errors.append(gettext("Please choose a household."))
    if not form.validate_on_submit() or lot_id is None:
        return _page(task_id, form), 400
    try:
        transact(lambda s: override(s, task_id, lot_id, reason, by=by, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
        return redirect(url_for("village.other_household", task_id=task_id), 303)
    flash(gettext("Given to the household that you chose. It stands on the notice sheet."), "ok")
    return redirect(url_for("village.task", task_id=task_id), 303)


def _page(task_id: int, form: OverrideForm) -> str:
    session, by = read_session(), reach()
    task = one_task(session, task_id, by)
    if not task.prepared_by_me:
        raise NotFound()
    found = to_give(session, task, by, now=utc_now())
    return page("village/override.html", "board", task=task, found=found, form=form)
