"""The background worker."""

from __future__ import annotations

import logging

import click
from flask.cli import ScriptInfo
from huey.consumer import Consumer

from shop.jobs import run_job
from shop.queueing import queue_of


@click.command()
@click.option("--threads", default=2, show_default=True, help="How many jobs may run at once.")
@click.pass_obj
def worker(info: ScriptInfo, threads: int) -> None:
    """Run what the clock and the outbox ask for, until stopped."""
    app = info.load_app()
    with app.app_context():
        run_job("heartbeat")
    logging.getLogger("huey").setLevel(logging.WARNING)
    consumer: Consumer = queue_of(app).create_consumer(
        workers=threads, worker_type="thread", periodic=True, check_worker_health=True
    )
    consumer.run()
