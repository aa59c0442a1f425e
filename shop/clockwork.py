"""What a job and a delivery of the worker are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shop.settings import Settings
from shop.storage.outbox import ClaimedMessage
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class At:
    """What a job or a delivery may use: the way to write, the settings, and the moment it began."""

    unit_of_work: UnitOfWork
    settings: Settings
    now: datetime


@dataclass(frozen=True)
class Job:
    """Something to do by the clock. `minutes` and `hours` as in crontab; `every_seconds` within each minute."""

    name: str
    run: Callable[[At], object]
    minutes: str = "*"
    hours: str = "*"
    every_seconds: int = 60


class Work(Protocol):
    """What a job does that needs the way to write and the moment, and nothing else."""

    def __call__(self, unit_of_work: UnitOfWork, /, *, now: datetime) -> object: ...


Delivery = Callable[[ClaimedMessage, At], object]


def by_clock(work: Work) -> Callable[[At], object]:
    return lambda at: work(at.unit_of_work, now=at.now)
