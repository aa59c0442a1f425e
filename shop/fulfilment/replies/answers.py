"""What a household reads about its text message: plain words, and what to send where it was not understood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shop.fulfilment.household_words import goods_words
from shop.fulfilment.models import TaskStatus
from shop.fulfilment.replies.tasks import MOST_NAMED, MeantTask

NOTHING_WAITS: Final = "您家现在没有要备的货。"
HOW: Final = "备好了回 1，没有回 2，少 3 份回 2 3。"
UNCLEAR: Final = f"没看懂。{HOW}"
UNCLEAR_AND_NOTHING_WAITS: Final = f"没看懂。{NOTHING_WAITS}有事请打电话找联络员。"
STOPPED: Final = "好，以后不发备货短信。想再收，回：要短信。"
STARTED: Final = "好，有货要备就发短信。"
_GONE: Final = {
    TaskStatus.READY: "您报过备好了",
    TaskStatus.PACKED: "货已经装好箱了",
    TaskStatus.DECLINED: "已经给了别家",
    TaskStatus.REASSIGNED: "已经给了别家",
    TaskStatus.CANCELLED: "已经取消了",
}


def ready(task: MeantTask) -> str:
    return f"记下了：{goods_words(task.goods)}备好了。货上写 {task.number}，送到{task.place_zh}。"


def ready_before(task: MeantTask) -> str:
    return f"{task.number} 号记过备好了，不用再回。送到{task.place_zh}。"


def declined(task: MeantTask, *, all_found: bool) -> str:
    after = "给了别家，不用备了" if all_found else "村里来想办法，不用备了"
    return f"记下了：{task.number} 号您家没有。{after}。"


def short(task: MeantTask, missing: int, left: int, *, all_found: bool) -> str:
    after = "少的给了别家" if all_found else "少的村里来想办法"
    return f"记下了：{task.number} 号少 {missing} 份，{after}。您备 {left} 份，货上写 {task.number}，送到{task.place_zh}。"


def short_before(task: MeantTask, left: int) -> str:
    return f"{task.number} 号记过了，您备 {left} 份。还要再少，回总共少几份。"


def not_so_many(task: MeantTask, units: int) -> str:
    return f"{task.number} 号一共 {units} 份，少不了那么多。{HOW}"


def several_kinds(task: MeantTask) -> str:
    return f"{task.number} 号有几样货，短信说不清少哪样。{_call(task)}"


def several_parcels(task: MeantTask) -> str:
    """Of a gift to many people: which parcels go short is nothing for a text message."""
    return f"{task.number} 号是一张礼品单，有好多份，短信说不清。{_call(task)}"


def still_waits(tasks: Sequence[MeantTask]) -> str:
    """Somebody said thanks, or that it was read, while goods are awaited: that is no word about the goods."""
    if len(tasks) > 1:
        return which(tasks)
    return f"不客气。{tasks[0].number} 号{HOW}"


def too_late(task: MeantTask) -> str:
    if task.is_recalled:
        return f"{task.number} 号这批货召回了，备好的请单独放好，别卖别吃。{_call(task)}"
    if task.was_recalled:
        return f"{task.number} 号的召回解除了，货没有问题，这一单已经另外安排。{_call(task)}"
    return f"晚了：{task.number} 号{_GONE.get(task.status, '已经变了')}，这条没用上。{_call(task)}"


def no_such_number(number: str, tasks: Sequence[MeantTask]) -> str:
    return f"没有 {number} 号。{which(tasks) if tasks else NOTHING_WAITS}"


def which(tasks: Sequence[MeantTask]) -> str:
    """Several tasks wait."""
    named = "；".join(f"{one.number} 号 {goods_words(one.goods)}" for one in tasks[:MOST_NAMED])
    more = "等" if len(tasks) > MOST_NAMED else ""
    return f"哪一单？{named}{more}。先写单号再回，像 {tasks[0].number} 1。"


def _call(task: MeantTask) -> str:
    return f"有事打联络员 {task.place_phone}。" if task.place_phone else "有事找联络员。"
