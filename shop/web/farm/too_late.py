"""Who was faster: what a farmer reads whose press did not stand."""

from __future__ import annotations

from typing import Final

from shop.fulfilment.models import TaskStatus
from shop.fulfilment.unused_presses import StandingDeed, standing_deed
from shop.kit.clock import in_shanghai, shanghai_date, utc_now
from shop.web.database import read_session
from shop.web.farm.who import reach
from shop.web.viewer import current_user_id

PRESSED: Final = {
    "task_accepted": "接下",
    "task_ready": "备好了",
    "task_ready_undone": "撤回",
    "task_declined": "整单给别家",
    "task_short": "货不够",
}
_DID: Final = {
    "task_accepted": "接下了",
    "task_ready": "报了备好",
    "task_ready_undone": "撤回了备好",
    "task_declined": "整单给了别家",
    "task_short": "报了货不够",
    "task_received": "收了货",
    "task_reassigned": "给了别家",
    "task_given_back": "又给回您家",
    "task_came_back": "报了备好",
    "goods_left_over": "报了备好，货留给下一单",
}
_NOW: Final = {
    TaskStatus.OPEN: "这单还没接",
    TaskStatus.ACCEPTED: "这单接下了",
    TaskStatus.READY: "这单备好了",
    TaskStatus.PACKED: "货装好箱了",
    TaskStatus.DECLINED: "这单给别家了",
    TaskStatus.REASSIGNED: "这单给别家了",
    TaskStatus.CANCELLED: "这单取消了",
}
_RECALLED: Final = "这批货召回了，备好的请单独放好"
_CALLED_BACK: Final = "前一家早就备好了，这单归他家"
# What the last press of a household cannot explain: the goods went on, or the order is off.
_BEYOND = {TaskStatus.PACKED, TaskStatus.CANCELLED}


def what_stands(task_id: int, pressed: str) -> str:
    """`王小妹 10:02 报了备好。您点的“货不够”没用上。`"""
    unused = f"您点的“{PRESSED[pressed]}”没用上。"
    found = standing_deed(read_session(), task_id, reach())
    return f"{_standing(found)}。{unused}" if found is not None else unused


def _standing(found: StandingDeed) -> str:
    if found.kind == "task_called_back":
        return _CALLED_BACK
    if found.kind == "goods_recalled":
        return _RECALLED
    did = _DID.get(found.kind)
    if did is None or found.at is None or found.status in _BEYOND:
        return _NOW[found.status]
    moment = in_shanghai(found.at)
    is_today = shanghai_date(found.at) == shanghai_date(utc_now())
    at = f"{moment:%H:%M}" if is_today else f"{moment.month} 月 {moment.day} 日 {moment:%H:%M}"
    return f"{_who(found)} {at} {did}"


def _who(found: StandingDeed) -> str:
    if found.by_id == current_user_id():
        return "您在别处"
    return found.name or ("联络员" if found.acted_for else "村里")
