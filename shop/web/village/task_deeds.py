"""What a coordinator says about tasks, before the page or later from a phone that had no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from shop.fulfilment.accepting import accept
from shop.fulfilment.declining import decline, reassign
from shop.fulfilment.giving_back import give_back
from shop.fulfilment.goods import add_up
from shop.fulfilment.household_tasks import one_task, producer_head
from shop.fulfilment.readiness import mark_ready, undo_ready
from shop.fulfilment.ready_before import Came, Readiness, ready_as_pressed
from shop.fulfilment.receiving import receive, undo_receive
from shop.fulfilment.shortage import fall_short
from shop.fulfilment.unused_presses import note_unused
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, whole_number
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.short_form import read_short
from shop.web.village.desk import reach
from shop.web.village.too_late import what_stands

MOST_AT_ONCE = 200
CHOOSE_TASKS = msg("Please choose at least one task.")


def accepting(task_id: int, press: Press) -> Deed:
    by = reach()
    done = gettext("Accepted for the household.")
    return _deed(task_id, press, "task_accepted", lambda s: accept(s, [task_id], by=by, now=press.now), done)


def readying(task_id: int, press: Press) -> Deed:
    by = reach()
    return _deed(
        task_id,
        press,
        "task_ready",
        lambda s: ready_as_pressed(s, task_id, made_at=press.made_at, by=by, now=press.now),
        _ready_words,
    )


def undoing_ready(task_id: int, press: Press) -> Deed:
    by, done = reach(), gettext("Taken back.")
    return _deed(
        task_id, press, "task_ready_undone", lambda s: undo_ready(s, task_id, by=by, now=press.now), done
    )


def receiving(task_id: int, press: Press) -> Deed:
    """Pressed on a task's page, on the packing page or at the hub, and back to where it was pressed."""
    by, done, back = reach(), gettext("Received."), ""
    if press.text("back") == "hub":
        back = url_for("village.hub")
    elif press.text("back") == "order":
        back = url_for("village.order", number=one_task(read_session(), task_id, by).order_number)
    step = lambda s: receive(s, [task_id], by=by, now=press.now)  # noqa: E731
    return _deed(task_id, press, "task_received", step, done, back)


def undoing_receipt(task_id: int, press: Press) -> Deed:
    by, done = reach(), gettext("Taken back.")
    return _deed(
        task_id, press, "task_receive_undone", lambda s: undo_receive(s, task_id, by=by, now=press.now), done
    )


def giving_back(task_id: int, press: Press) -> Deed:
    by, done, back = reach(), gettext("Given back to the household."), url_for("village.work")
    return _deed(
        task_id, press, "task_given_back", lambda s: give_back(s, task_id, by=by, now=press.now), done, back
    )


def reassigning(task_id: int, press: Press) -> Deed:
    by, done, back = reach(), gettext("Given to another household."), url_for("village.work")
    return _deed(
        task_id, press, "task_reassigned", lambda s: reassign(s, task_id, by=by, now=press.now), done, back
    )


def declining(task_id: int, press: Press) -> Deed:
    by, reason = reach(), press.text("reason")
    return _deed(
        task_id,
        press,
        "task_declined",
        lambda s: decline(s, task_id, reason, by=by, now=press.now),
        lambda all_found: (
            gettext("Declined for the household. Another one has the units now.")
            if all_found
            else gettext("Declined for the household. Nobody else has all of the units: they wait for you.")
        ),
    )


def falling_short(task_id: int, press: Press) -> Deed:
    """The household has only some of the units. Raises InvalidInput by field for numbers that cannot be."""
    by = reach()
    keeps = read_short(press.fields, add_up(one_task(read_session(), task_id, by).goods))
    return _deed(
        task_id,
        press,
        "task_short",
        lambda s: fall_short(s, task_id, keeps, by=by, now=press.now),
        lambda all_found: (
            gettext("Written down for the household. Another one has the missing units now.")
            if all_found
            else gettext(
                "Written down for the household. Nobody else has all of the missing units: they wait for you."
            )
        ),
    )


def accepting_for(producer_id: int, press: Press) -> Deed:
    return _several(
        producer_id,
        press,
        accept,
        lambda num: ngettext(
            "%(num)s task accepted for the household.", "%(num)s tasks accepted for the household.", num
        ),
    )


def readying_for(producer_id: int, press: Press) -> Deed:
    return _several(
        producer_id,
        press,
        mark_ready,
        lambda num: ngettext("%(num)s task reported ready.", "%(num)s tasks reported ready.", num),
    )


def receiving_from(producer_id: int, press: Press) -> Deed:
    return _several(
        producer_id,
        press,
        receive,
        lambda num: ngettext("%(num)s task received.", "%(num)s tasks received.", num),
    )


def _several(producer_id: int, press: Press, step: Callable[..., Any], done: Callable[[int], str]) -> Deed:
    """A step with the ticked tasks. Raises InvalidInput when none is, NotFound for somebody else's household."""
    by = reach()
    producer_head(read_session(), producer_id, by)
    ids = _numbers(press.many("task"))
    if not ids or len(ids) > MOST_AT_ONCE:
        raise InvalidInput(CHOOSE_TASKS)

    def note(session: Session) -> None:
        for one in ids:
            _note(session, one, step.__name__, press)

    return Deed(
        lambda session: step(session, ids, by=by, now=press.now),
        done(len(ids)),
        url_for("village.producer", producer_id=producer_id),
        note_unused=note,
    )


def _deed(
    task_id: int,
    press: Press,
    kind: str,
    work: Callable[[Session], Any],
    done: str | Callable[[Any], str],
    back: str = "",
) -> Deed:
    """`kind`: as the order's history calls it."""
    return Deed(
        work,
        done,
        back or url_for("village.task", task_id=task_id),
        has_form=kind in {"task_declined", "task_short"},
        too_late=lambda: what_stands(task_id),
        note_unused=lambda session: _note(session, task_id, kind, press),
    )


_KINDS = {"accept": "task_accepted", "mark_ready": "task_ready", "receive": "task_received"}


def _note(session: Session, task_id: int, kind: str, press: Press) -> None:
    made_at = press.made_at or press.now
    kind = _KINDS.get(kind, kind)
    note_unused(session, task_id, kind, by=reach(), made_at=made_at, now=press.now)


def _ready_words(readiness: Readiness) -> str:
    if readiness.came is Came.READY:
        return str(gettext("Reported ready."))
    if readiness.came is Came.LEFT_OVER:
        return str(gettext("Another household prepares this order. The goods go first to the next one."))
    if readiness.new_number:
        return str(
            gettext(
                "It had been ready in time: the task is this household's again. Write %(number)s on the goods.",
                number=readiness.new_number,
            )
        )
    return str(gettext("It had been ready in time: the task is this household's again."))


def _numbers(typed: list[str]) -> list[int]:
    """What is no number was never on the page."""
    found = []
    for one in typed:
        try:
            found.append(whole_number(one))
        except ValueError:
            continue
    return found
