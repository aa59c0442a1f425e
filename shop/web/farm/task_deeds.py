"""What a household says about a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from shop.fulfilment.accepting import accept
from shop.fulfilment.declining import decline
from shop.fulfilment.farm_tasks import farm_task
from shop.fulfilment.gift_tasks import accept_gift, ready_gift, undo_gift
from shop.fulfilment.readiness import undo_ready
from shop.fulfilment.ready_before import Came, Readiness, ready_as_pressed
from shop.fulfilment.shortage import fall_short
from shop.fulfilment.unused_presses import note_unused
from shop.kit.errors import NotFound
from shop.kit.text import whole_number
from shop.web.database import read_session
from shop.web.deeds import Deed, Press
from shop.web.farm.too_late import what_stands
from shop.web.farm.who import reach
from shop.web.short_form import read_short


def accepting(task_id: int, press: Press) -> Deed:
    by = reach()
    return _deed(
        task_id,
        press,
        "task_accepted",
        lambda session: accept(session, [task_id], by=by, now=press.now),
        "接下了，按时备好",
    )


def accepting_gift(gift_id: int, press: Press) -> Deed:
    return _gift_deed(gift_id, press, accept_gift, "都接下了，按时备好")


def readying_gift(gift_id: int, press: Press) -> Deed:
    return _gift_deed(gift_id, press, ready_gift, "都备好了")


def undoing_gift(gift_id: int, press: Press) -> Deed:
    return _gift_deed(gift_id, press, undo_gift, "都撤回了")


def _gift_deed(gift_id: int, press: Press, work: Callable[..., int], done: str) -> Deed:
    """Of all parcels that the card counted, however many came since. Raises NotFound where it counted none."""
    by = reach()
    try:
        upto = whole_number(press.text("upto"))
    except ValueError:
        raise NotFound() from None
    return Deed(
        lambda session: work(session, gift_id, upto=upto, by=by, now=press.now),
        lambda count: f"{done}，一共 {count} 份" if count else "这些报过了",
        "farm.tasks",
    )


def readying(task_id: int, press: Press) -> Deed:
    by = reach()
    where = farm_task(read_session(), task_id, by).place_zh
    return _deed(
        task_id,
        press,
        "task_ready",
        lambda session: ready_as_pressed(session, task_id, made_at=press.made_at, by=by, now=press.now),
        lambda readiness: _ready_words(readiness, where),
    )


def _ready_words(readiness: Readiness, where: str) -> str:
    """Also for who had no network, and whose task was given to another household meanwhile."""
    if readiness.came is Came.LEFT_OVER:
        return "这单别家已经在备了。您备好的货留着，下一单先给您"
    if readiness.came is Came.READY:
        return f"备好了，送到{where}"
    number = f"，货上的号改成 {readiness.new_number}" if readiness.new_number else ""
    return f"您早备好了，这单还是您家的，送到{where}{number}"


def undoing(task_id: int, press: Press) -> Deed:
    by = reach()
    return _deed(
        task_id,
        press,
        "task_ready_undone",
        lambda session: undo_ready(session, task_id, by=by, now=press.now),
        "撤回了",
    )


def declining(task_id: int, press: Press) -> Deed:
    by, reason = reach(), press.fields.get("reason", "").strip()
    return _deed(
        task_id,
        press,
        "task_declined",
        lambda session: decline(session, task_id, reason, by=by, now=press.now),
        lambda all_found: "知道了，整单给别家" if all_found else "知道了，村里来想办法",
    )


def falling_short(task_id: int, press: Press) -> Deed:
    """Raises InvalidInput by field for numbers that cannot be."""
    by = reach()
    keeps = read_short(press.fields, farm_task(read_session(), task_id, by).goods)
    return _deed(
        task_id,
        press,
        "task_short",
        lambda session: fall_short(session, task_id, keeps, by=by, now=press.now),
        lambda all_found: "知道了，少的给别家" if all_found else "知道了，村里来想办法",
    )


def _deed(
    task_id: int,
    press: Press,
    kind: str,
    work: Callable[[Session], Any],
    done: str | Callable[[Any], str],
) -> Deed:
    """`kind`: as the order's history calls it."""
    by = reach()

    def note(session: Session) -> None:
        note_unused(session, task_id, kind, by=by, made_at=press.made_at or press.now, now=press.now)

    return Deed(
        work,
        done,
        "farm.tasks",
        has_form=kind == "task_short",
        too_late=lambda: what_stands(task_id, kind),
        note_unused=note,
    )
