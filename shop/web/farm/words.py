"""What a farmer reads, in few words. Chinese only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from shop.fulfilment.farm_tasks import FarmTask
from shop.fulfilment.models import TaskStatus
from shop.kit.clock import in_shanghai

_WEEKDAYS = "一二三四五六日"
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


def due_words(deadline: datetime, now: datetime) -> str:
    """`今天下午 5 点前送到`, `周五上午 9 点前送到`; past it: `过点了，快送来`."""
    if deadline <= now:
        return "过点了，快送来"
    if in_shanghai(deadline).time() == time.min:  # nobody gets up for it: it is the end of the day before
        return f"{_day(deadline - timedelta(seconds=1), now)}晚上 12 点前送到"
    return f"{_day(deadline, now)}{_hour(deadline)}前送到"


def is_hot(deadline: datetime, now: datetime) -> bool:
    return deadline - now < SOON


def done_words(task: FarmTask) -> str:
    if task.status is TaskStatus.READY:
        return "货收到了" if task.received_at is not None else "备好了，等收货"
    return _DONE[task.status]


def got_word(family: str) -> str:
    """How such goods come into the house: tea is picked, smoked meat is made, eggs and honey are brought in."""
    return "采" if family in _PICKED else "做好" if family in _MADE else "收"


def day_words(day: date, today: date) -> str:
    """`今天`, `昨天`, `前天`, or `2026 年 4 月 3 日`."""
    ago = (today - day).days
    return ("今天", "昨天", "前天")[ago] if 0 <= ago < 3 else f"{day.year} 年 {day.month} 月 {day.day} 日"


def _day(deadline: datetime, now: datetime) -> str:
    day = in_shanghai(deadline).date()
    ahead = (day - in_shanghai(now).date()).days
    if ahead < 3:
        return ("今天", "明天", "后天")[ahead]
    if ahead < 7:
        return f"周{_WEEKDAYS[day.weekday()]}"
    return f"{day.month} 月 {day.day} 日"


def _hour(deadline: datetime) -> str:
    moment = in_shanghai(deadline)
    hour = moment.hour if moment.hour <= 12 else moment.hour - 12
    minutes = f" {moment.minute} 分" if moment.minute else ""
    return f"{_part_of_day(moment.hour)} {hour} 点{minutes}"


def _part_of_day(hour: int) -> str:
    begins = ((18, "晚上"), (13, "下午"), (12, "中午"), (9, "上午"), (0, "早上"))
    return next(words for first, words in begins if hour >= first)
