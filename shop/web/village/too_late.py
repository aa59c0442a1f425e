"""Who was faster: what a coordinator reads whose press did not stand."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext

from shop.fulfilment.models import TaskStatus
from shop.fulfilment.unused_presses import standing_deed
from shop.kit.text import msg
from shop.web.database import read_session
from shop.web.times import moment
from shop.web.viewer import current_user_id
from shop.web.village.desk import reach

_DID: Final = {
    "task_accepted": msg("accepted"),
    "task_ready": msg("reported ready"),
    "task_ready_undone": msg("“ready” taken back"),
    "task_declined": msg("declined"),
    "task_short": msg("fewer units reported"),
    "task_received": msg("received"),
    "task_receive_undone": msg("“received” taken back"),
    "task_reassigned": msg("given to another household"),
    "task_given_back": msg("given back to the household"),
    "task_came_back": msg("ready before another household was asked"),
    "goods_recalled": msg("recalled"),
    "task_called_back": msg("let go: the household before had the goods ready"),
}
_NOW: Final = {
    TaskStatus.OPEN: msg("not accepted yet"),
    TaskStatus.ACCEPTED: msg("accepted"),
    TaskStatus.READY: msg("reported ready"),
    TaskStatus.PACKED: msg("packed already"),
    TaskStatus.DECLINED: msg("declined"),
    TaskStatus.REASSIGNED: msg("given to another household"),
    TaskStatus.CANCELLED: msg("cancelled"),
}
_BEYOND: Final = {TaskStatus.PACKED, TaskStatus.CANCELLED}


def what_stands(task_id: int) -> str:
    """`The household, 10:02: declined. What you pressed was not used.`"""
    found = standing_deed(read_session(), task_id, reach())
    if found is None:
        return str(gettext("What you pressed was not used."))
    did = _DID.get(found.kind)
    is_over = found.status in _BEYOND and found.kind != "task_called_back"
    if did is None or found.at is None or is_over:
        return str(gettext("It is %(now)s. What you pressed was not used.", now=gettext(_NOW[found.status])))
    return str(
        gettext(
            "%(who)s, %(when)s: %(did)s. What you pressed was not used.",
            who=_who(found.by_id, found.name),
            when=moment(found.at),
            did=gettext(did),
        )
    )


def _who(by_id: int | None, name: str) -> str:
    if by_id == current_user_id():
        return str(gettext("You, elsewhere"))
    return name or str(gettext("Somebody else"))
