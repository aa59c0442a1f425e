"""Days and hours in the reader's language, on clocks in Shanghai."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from flask_babel import gettext, ngettext

from shop.kit.clock import in_shanghai
from shop.web.phrases import language

_WEEKDAYS_ZH: Final = "一二三四五六日"
_MONTHS_EN: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def shanghai(moment: datetime) -> datetime:
    return in_shanghai(moment)


def _date_of(value: date) -> date:
    return in_shanghai(value).date() if isinstance(value, datetime) else value


def day(value: date, year: bool = False, weekday: bool = True) -> str:
    """`11 月 27 日 周五` or `Fri 27 Nov`; a datetime counts as its day in Shanghai."""
    shown = _date_of(value)
    if language() == "zh":
        text = f"{shown.month} 月 {shown.day} 日"
        text = f"{shown.year} 年 {text}" if year else text
        return f"{text} 周{_WEEKDAYS_ZH[shown.weekday()]}" if weekday else text
    text = f"{shown.day} {_MONTHS_EN[shown.month - 1]}"
    text = f"{text} {shown.year}" if year else text
    return f"{_WEEKDAYS_EN[shown.weekday()]} {text}" if weekday else text


def clock(value: datetime) -> str:
    """`16:00`, on a clock in Shanghai."""
    return in_shanghai(value).strftime("%H:%M")


def moment(value: datetime, year: bool = False, weekday: bool = False) -> str:
    """`11 月 27 日 16:00` or `27 Nov 16:00`."""
    return f"{day(value, year=year, weekday=weekday)} {clock(value)}"


def deadline(value: datetime, year: bool = False, weekday: bool = False) -> str:
    """Until when: as `moment`, but midnight is the end of the day before, `11 月 27 日 24:00` or `end of 27 Nov`."""
    local = in_shanghai(value)
    if local.time() != time.min:
        return moment(value, year=year, weekday=weekday)
    ended = day(local.date() - timedelta(days=1), year=year, weekday=weekday)
    return f"{ended} 24:00" if language() == "zh" else f"end of {ended}"


def waited(since: datetime, now: datetime) -> str:
    """`for 5 hours`, `for 3 days`: how long something has waited for a person."""
    hours = int((now - since).total_seconds()) // 3600
    if hours < 1:
        return str(gettext("just now"))
    if hours < 48:
        return str(ngettext("for %(num)s hour", "for %(num)s hours", hours))
    return str(ngettext("for %(num)s day", "for %(num)s days", hours // 24))


def month(number: int) -> str:
    """3 → `3 月` or `Mar`."""
    return f"{number} 月" if language() == "zh" else _MONTHS_EN[number - 1]
