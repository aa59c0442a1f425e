"""The background worker."""

from __future__ import annotations

import logging
from typing import cast

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from huey.consumer import Consumer

from shop.jobs import queue_of, run_job


@click.command()
@click.option("--threads", default=2, show_default=True, help="How many jobs may run at once.")
@with_appcontext
def worker(threads: int) -> None:
    """Run what the clock and the outbox ask for, until stopped."""
    run_job("heartbeat")
    logging.getLogger("huey").setLevel(logging.WARNING)
    app = cast(Flask, current_app._get_current_object())  # noqa: SLF001  Flask's way to leave the proxy
    consumer: Consumer = queue_of(app).create_consumer(
        workers=threads, worker_type="thread", periodic=True, check_worker_health=True
    )
    consumer.run()
