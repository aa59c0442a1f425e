"""Units that nobody has: the coordinator asks the buyer, or writes down what the buyer said on the phone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.fulfilment.answering import answer_by_phone as write_answer
from shop.fulfilment.proposal_models import Answer
from shop.fulfilment.proposing import Offered
from shop.fulfilment.proposing import propose as ask_buyer
from shop.kit.clock import calendar_day, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, typed_number
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.guards import requires
from shop.web.village.blueprint import village
from shop.web.village.desk import press, reach
from shop.web.village.task_page import task_page

NO_DAY = msg("Please enter a day such as 2026-11-30.")


@village.post("/tasks/<int:task_id>/propose")
@requires(RoleName.COORDINATOR)
def propose(task_id: int) -> Any:
    by, now, allocation_id = reach(), utc_now(), _number("allocation")
    if allocation_id is None:
        raise NotFound()
    try:
        offered = _offered()
        transact(lambda s: ask_buyer(s, task_id, allocation_id, offered, by=by, now=now))
    except InvalidInput as error:
        return task_page(task_id, refused_proposal=error), 400
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("The buyer is asked."), "ok")
    return redirect(_at(task_id), 303)


@village.post("/tasks/<int:task_id>/answer")
@requires(RoleName.COORDINATOR)
def answer_by_phone(task_id: int) -> Response:
    by, now, proposal_id = reach(), utc_now(), _number("proposal")
    try:
        answer = Answer(request.form.get("answer", ""))
    except ValueError:
        raise NotFound() from None
    if proposal_id is None:
        raise NotFound()
    done = gettext("Written down, and done like this.")
    return press(lambda s: write_answer(s, proposal_id, answer, by=by, now=now), done, _at(task_id))


def _offered() -> Offered:
    typed = request.form.get("wait_until", "").strip()
    day = calendar_day(typed) if typed else None
    if typed and day is None:
        raise InvalidInput(errors={"wait_until": NO_DAY})
    return Offered(day, _number("substitute"))


def _number(name: str) -> int | None:
    try:
        return typed_number(request.form.get(name, ""))
    except ValueError:
        return None


def _at(task_id: int) -> str:
    return url_for("village.task", task_id=task_id)
