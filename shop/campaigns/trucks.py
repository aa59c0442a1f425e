"""Which truck brings a campaign's goods to a pickup point: the last one that arrives by the day of distribution."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from shop.delivery.errors import RunClosed
from shop.delivery.models import Run
from shop.delivery.runs import open_runs
from shop.kit.clock import shanghai_date
from shop.kit.text import msg

_FAR: Final = 60  # more runs than anybody plans


class NoTruck(RunClosed):
    code = "campaign_no_truck"
    default_message = msg(
        "No truck comes to %(point)s by the day of distribution. Please ask the shop for one."
    )


def truck_for(session: Session, point_id: int, day: date, *, now: datetime) -> Run | None:
    """None where none comes in time that still takes orders."""
    runs = open_runs(session, now=now, point_id=point_id, limit=_FAR)
    return next((run for run in reversed(runs) if shanghai_date(run.arrives_at) <= day), None)
