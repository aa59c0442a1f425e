"""What a household reads or hears of a task: by when, and which goods. Chinese only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from shop.fulfilment.goods import Goods, add_up
from shop.kit.clock import in_shanghai

_WEEKDAYS = "一二三四五六日"
MORNING = 6  # the hour before which nobody brings anything


def due_words(deadline: datetime, now: datetime) -> str:
    """`今天下午 5 点前送到`, `周五上午 9 点前送到`; past it: `过点了，快送来`.

    Nobody brings goods at three in the morning: such a deadline is said as the midnight before it, while that is to
    come. Minutes are said as the half hour that has begun. So what is said is never later than what counts.
    """
    if deadline <= now:
        return "过点了，快送来"
    said = next((one for one in _rounded(deadline) if one > now), deadline)
    if in_shanghai(said).time() == time():
        return f"{_day(said - timedelta(hours=1), now)}夜里 12 点前送到"
    return f"{_day(said, now)}{_hour(said)}前送到"


def paper_words(deadline: datetime) -> str:
    """`12 月 2 日 周三早上 8 点前`: paper is read on another day than it was printed. Never later than what counts."""
    said = _rounded(deadline)[0]
    if in_shanghai(said).time() == time():
        return f"{_date(said - timedelta(hours=1))}夜里 12 点前"
    return f"{_date(said)}{_hour(said)}前"


def _rounded(deadline: datetime) -> tuple[datetime, ...]:
    """How it may be said, the kindest first."""
    local = in_shanghai(deadline)
    half = local.replace(minute=30 if local.minute >= 30 else 0, second=0, microsecond=0)
    midnight = half.replace(hour=0, minute=0)
    return (midnight, half) if local.hour < MORNING else (half,)


def goods_words(goods: Iterable[Goods]) -> str:
    """`黑木耳 500 克 2 份、绿茶 铁罐 1 份`."""
    return "、".join(f"{one.name_zh} {one.pack_zh} {one.units} 份" for one in add_up(goods))


def _day(deadline: datetime, now: datetime) -> str:
    day = in_shanghai(deadline).date()
    ahead = (day - in_shanghai(now).date()).days
    if ahead < 3:
        return ("今天", "明天", "后天")[ahead]
    if ahead < 7:
        return f"周{_WEEKDAYS[day.weekday()]}"
    return f"{day.month} 月 {day.day} 日"


def _date(moment: datetime) -> str:
    day = in_shanghai(moment).date()
    return f"{day.month} 月 {day.day} 日 周{_WEEKDAYS[day.weekday()]}"


def _hour(deadline: datetime) -> str:
    moment = in_shanghai(deadline)
    hour = moment.hour if moment.hour <= 12 else moment.hour - 12
    minutes = "半" if moment.minute == 30 else f" {moment.minute} 分" if moment.minute else ""
    return f"{_part_of_day(moment.hour)} {hour} 点{minutes}"


def _part_of_day(hour: int) -> str:
    begins = ((18, "晚上"), (13, "下午"), (12, "中午"), (9, "上午"), (MORNING, "早上"), (0, "凌晨"))
    return next(words for first, words in begins if hour >= first)
