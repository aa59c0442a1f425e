"""What canteens' orders tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class StandingNotPlaced:
    """Nothing stands ordered for one day of a standing order, or its order waits for its payment: its people are told why."""

    standing_id: int
    on: date
    at: datetime
