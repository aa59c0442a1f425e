"""Nobody's telephone rings at night."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from shop.kit.clock import in_shanghai, shanghai_date, shanghai_moment

MORNING: Final = time(7)
NIGHT: Final = time(21)


def when_awake(moment: datetime) -> datetime:
    """The moment itself by day, else seven in the morning that comes."""
    at, day = in_shanghai(moment).time(), shanghai_date(moment)
    if at < MORNING:
        return shanghai_moment(day, MORNING)
    return moment if at < NIGHT else shanghai_moment(day + timedelta(days=1), MORNING)
