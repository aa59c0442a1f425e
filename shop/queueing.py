"""The worker's queue: every job of the table as a periodic task, on Redis or in a file beside the embedded database."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from huey import RedisHuey, SqliteHuey, crontab
from huey.api import Huey

from shop.clockwork import Job
from shop.extensions import settings
from shop.jobs import JOBS, run_job
from shop.settings import Settings


def queue_of(app: Flask) -> Huey:
    """The application's queue, with every job of the table as a periodic task. Only the worker needs it."""
    with app.app_context():
        huey = make_queue(settings())
    for job in JOBS:
        _schedule(huey, app, job)
    return huey


def make_queue(chosen: Settings) -> Huey:
    """Redis where there is one, else a file beside the embedded database; tests run nothing by the clock."""
    if chosen.redis_url and not chosen.is_testing:
        return RedisHuey("shop", url=chosen.redis_url)
    chosen.instance_path.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("shop", filename=str(chosen.instance_path / "queue.db"), immediate=chosen.is_testing)


def _schedule(huey: Huey, app: Flask, job: Job) -> None:
    running = threading.Lock()

    def run() -> None:
        # A job that takes longer than its turn is not begun twice in this process; the next turn finds the rest.
        if not running.acquire(blocking=False):
            return
        try:
            with app.app_context():
                run_job(job.name)
        finally:
            running.release()

    # A turn that nobody took for two minutes is dropped: others have come since.
    task: Any = huey.task(name=f"job_{job.name}", expires=120)(run)

    def at_the_minute() -> None:
        for delay in range(0, 60, job.every_seconds):
            task.schedule(delay=delay)

    huey.periodic_task(crontab(minute=job.minutes, hour=job.hours), name=f"clock_{job.name}")(at_the_minute)
