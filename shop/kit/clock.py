"""Moments are aware UTC; days, weeks and months are those of Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)  # our calendar; any other day is mistyped


def utc_now() -> datetime:
    return datetime.now(UTC)


def in_shanghai(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI)


def shanghai_date(moment: datetime) -> date:
    return in_shanghai(moment).date()


def shanghai_midnight(day: date) -> datetime:
    """The UTC moment at which `day` begins in Shanghai."""
    return datetime.combine(day, time.min, tzinfo=SHANGHAI).astimezone(UTC)


def shanghai_moment(day: date, at: time) -> datetime:
    """The UTC moment of a time on the wall in Shanghai."""
    return datetime.combine(day, at, tzinfo=SHANGHAI).astimezone(UTC)


def day_range(first: date, last: date) -> tuple[datetime, datetime]:
    """Half-open UTC range [start, end) of whole Shanghai days, `last` included."""
    return shanghai_midnight(first), shanghai_midnight(last + timedelta(days=1))


def month_of(moment: datetime) -> date:
    """The first day of the Shanghai month that holds `moment`."""
    return shanghai_date(moment).replace(day=1)


def months_before(month: date, count: int) -> date:
    """The first day of the month `count` months before `month`."""
    years, zero_based_month = divmod(month.year * 12 + month.month - 1 - count, 12)
    return date(years, zero_based_month + 1, 1)


def iso_week_start(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def calendar_day(typed: str) -> date | None:
    """A day written like 2026-11-30; None for anything else, a day of another age too."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
