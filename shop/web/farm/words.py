"""What a farmer reads, in few words. Chinese only."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shop.fulfilment.farm_tasks import FarmTask
from shop.fulfilment.models import TaskStatus
from shop.ordering.reasons import Reason

SOON = timedelta(hours=24)

REASONS = ("没有货", "没采到", "货坏了", "家里没人")

_PICKED = {"tea", "jiaogulan", "shiitake", "oyster", "woodear"}
_MADE = {"meat", "oil", "konjac", "grain", "chicken", "gift"}

_DONE = {
    TaskStatus.PACKED: "装好箱了",
    TaskStatus.DECLINED: "给别家了",
    TaskStatus.REASSIGNED: "给别家了",
    TaskStatus.CANCELLED: "这单取消了",
}


RECALLED_WORDS = "这批召回了，备好的请单独放好，别卖别吃"
LIFTED_WORDS = "召回解除了，货没有问题，这一单另外安排了"


def is_hot(deadline: datetime, now: datetime) -> bool:
    return deadline - now < SOON


def done_words(task: FarmTask) -> str:
    if task.status is TaskStatus.READY:
        return "货收到了" if task.received_at is not None else "备好了，等收货"
    if task.status is TaskStatus.CANCELLED and task.ended_for == Reason.READY_BEFORE:
        return "前一家早备好了，归他家"
    if task.was_recalled:
        return RECALLED_WORDS if task.is_recalled else LIFTED_WORDS
    return _DONE[task.status]


def got_word(family: str) -> str:
    """How such goods come into the house: tea is picked, smoked meat is made, eggs and honey are brought in."""
    return "采" if family in _PICKED else "做好" if family in _MADE else "收"


def day_words(day: date, today: date) -> str:
    """`今天`, `昨天`, `前天`, or `2026 年 4 月 3 日`."""
    ago = (today - day).days
    return ("今天", "昨天", "前天")[ago] if 0 <= ago < 3 else f"{day.year} 年 {day.month} 月 {day.day} 日"
