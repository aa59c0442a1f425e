"""What this room tells the floors above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ScheduledExportReady:
    """A planned file is whole: its owner is told where to take it."""

    job_id: int
    at: datetime


@dataclass(frozen=True)
class SchedulePaused:
    """A planned export stands still, and its owner is told why."""

    schedule_id: int
    at: datetime
