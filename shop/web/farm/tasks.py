"""What is to be prepared: one decision a card."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.catalogue.households import households_of_producers
from shop.conversations.letters import unread_letters
from shop.fulfilment.declining import LONGEST_REASON
from shop.fulfilment.farm_tasks import FarmTask, farm_day, farm_task
from shop.fulfilment.household_words import due_words
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.web.database import read_session
from shop.web.error_pages import translated
from shop.web.farm.blueprint import farm
from shop.web.farm.task_deeds import accepting, declining, falling_short, readying, undoing
from shop.web.farm.who import page, press, pressed, reach
from shop.web.farm.words import REASONS, done_words, is_hot
from shop.web.guards import requires
from shop.web.short_form import read_short, typed_short


@farm.get("")
@requires(RoleName.FARMER)
def home() -> Response:
    return redirect(url_for("farm.tasks"), 302)


@farm.get("/tasks")
@requires(RoleName.FARMER)
def tasks() -> str:
    now = utc_now()
    day = farm_day(read_session(), reach(), now=now)
    own = households_of_producers(read_session(), reach().producer_ids)
    return page(
        "farm/tasks.html",
        day=day,
        now=now,
        due_words=due_words,
        is_hot=is_hot,
        done_words=done_words,
        letters=unread_letters(read_session(), own),
    )


@farm.get("/tasks/<int:task_id>")
@requires(RoleName.FARMER)
def task(task_id: int) -> str:
    shown = farm_task(read_session(), task_id, reach())
    return page(
        "farm/task.html",
        task=shown,
        now=utc_now(),
        reasons=REASONS,
        due_words=due_words,
        is_hot=is_hot,
        done_words=done_words,
        back=url_for("farm.tasks"),
    )


@farm.post("/tasks/<int:task_id>/accept")
@requires(RoleName.FARMER)
def accept_task(task_id: int) -> Response:
    return press(accepting(task_id, pressed()))


@farm.post("/tasks/<int:task_id>/decline")
@requires(RoleName.FARMER)
def decline_task(task_id: int) -> Response:
    """With a reason it is asked once more, on a page of its own that Back can come from."""
    reason = request.form.get("reason", "").strip()
    shown = farm_task(read_session(), task_id, reach())  # somebody else's is absent, whatever the form says
    if not reason:
        return redirect(url_for("farm.task", task_id=task_id) + "#why", 303)
    if not request.form.get("sure") and shown.to_do:
        return redirect(url_for("farm.sure_to_decline", task_id=task_id, reason=reason[:LONGEST_REASON]), 303)
    return press(declining(task_id, pressed()))


@farm.get("/tasks/<int:task_id>/decline")
@requires(RoleName.FARMER)
def sure_to_decline(task_id: int) -> str | Response:
    """Asked once more: the whole order goes, and cannot be called back."""
    shown = farm_task(read_session(), task_id, reach())
    back, reason = url_for("farm.task", task_id=task_id), request.args.get("reason", "").strip()
    if not reason or not shown.to_do:
        return redirect(back, 303)
    return page("farm/task_no.html", task=shown, reason=reason[:LONGEST_REASON], back=back)


@farm.get("/tasks/<int:task_id>/short")
@requires(RoleName.FARMER)
def how_short(task_id: int) -> Any:
    """How many are missing; what was typed comes back with the address."""
    shown = farm_task(read_session(), task_id, reach())
    if not shown.can_be_short:
        return redirect(url_for("farm.task", task_id=task_id), 303)
    return _short_page(shown)


@farm.post("/tasks/<int:task_id>/short")
@requires(RoleName.FARMER)
def short_task(task_id: int) -> Any:
    """Asked once more, on a page of its own that Back can come from; then the rest goes to another household."""
    shown = farm_task(read_session(), task_id, reach())
    try:
        deed = falling_short(task_id, pressed())
    except InvalidInput as error:
        return _short_page(shown, error), 400
    if not request.form.get("sure"):
        return redirect(url_for("farm.sure_of_short", task_id=task_id, **_said(shown)), 303)
    return press(deed)


@farm.get("/tasks/<int:task_id>/short/sure")
@requires(RoleName.FARMER)
def sure_of_short(task_id: int) -> str | Response:
    shown = farm_task(read_session(), task_id, reach())
    try:
        keeps = read_short(request.args, shown.goods)
    except InvalidInput:
        keeps = {}
    changed = any(keeps.get(one.variant_id, 0) > one.units for one in shown.goods)
    if not keeps or changed or not shown.can_be_short:
        return redirect(url_for("farm.task", task_id=task_id), 303)
    back = url_for("farm.how_short", task_id=task_id, **_said(shown))
    return page("farm/task_short_sure.html", task=shown, keeps=keeps, back=back)


def _short_page(task: FarmTask, refused: InvalidInput | None = None) -> str:
    return page(
        "farm/task_short.html",
        task=task,
        typed=typed_short(request.values, task.goods),
        wrong=translated(next(iter(refused.errors.values()), refused.message), {}) if refused else "",
        back=url_for("farm.task", task_id=task.id),
    )


def _said(task: FarmTask) -> dict[str, Any]:
    names = [f"{kind}-{one.variant_id}" for one in task.goods for kind in ("short", "of")]
    return {name: request.values[name][:9] for name in names if request.values.get(name)}


@farm.post("/tasks/<int:task_id>/ready")
@requires(RoleName.FARMER)
def ready_task(task_id: int) -> Response:
    return press(readying(task_id, pressed()))


@farm.post("/tasks/<int:task_id>/undo")
@requires(RoleName.FARMER)
def undo_task(task_id: int) -> Response:
    return press(undoing(task_id, pressed()))
