"""`make run`: migrate, seed, start web and worker, and stop both together.

Run as `python -m shop.cli.run`. The web server is forked from this process, which has the application loaded already;
the worker is a process of its own, because it loads dictionaries that are too large for the web. A child that dies is
started again, unless it dies at once again and again.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from types import FrameType

import sqlalchemy as sa
from flask import Flask
from gunicorn.app.base import Application

from shop import create_app
from shop.catalogue.models import Product
from shop.cli.migrating import migrate_to_newest
from shop.extensions import db
from shop.ordering.models import Order
from shop.settings import ROOT, Settings, SettingsError

DEMO_PASSWORD = "demo-password"  # noqa: S105  everybody may know it: it exists in the demo only
DEMO_ACCOUNTS = {
    "buyer": "a member of staff who buys",
    "buyer2": "another one",
    "union": "owns and buys for an organisation: /org",
    "approver": "approves what it buys above a limit",
    "canteen": "orders for a canteen by the case and by weight: /org",
    "canteen2": "weighs and accepts what comes there together with the first",
    "farmer": "a household's account: /farm",
    "farmer2": "the same in another village",
    "coordinator": "packs and ships for two villages: /village",
    "coordinator2": "the same for the other seven and the county hub",
    "point": "hands parcels over on campus: /point",
    "admin": "the shop's team: /admin",
    "admin2": "a second one, for approvals",
}
# A demo opens with the history of some months, so that every screen has something to show.
FIRST_ORDERS, FIRST_DAYS = "400", "150"
PATIENCE_SECONDS = 30
MAX_QUICK_DEATHS = 5
QUICK_SECONDS = 10


class WebServer(Application):
    """gunicorn with our configuration file, serving the application that is already loaded."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        self.load_config_from_file(str(ROOT / "gunicorn.conf.py"))

    def load(self) -> Flask:
        return self._app


@dataclass
class Child:
    """One process to be kept alive, and the signal that asks it to finish its work and go."""

    name: str
    run: Callable[[], None]
    stop_signal: signal.Signals
    process: ForkProcess = field(init=False)
    started_at: float = 0.0
    quick_deaths: int = 0

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = multiprocessing.get_context("fork").Process(target=self._enter, name=self.name)
        self.process.start()

    def _enter(self) -> None:
        # In a session of its own, so that Ctrl-C reaches only the parent, which decides the order.
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self.run()

    def revive(self) -> bool:
        """Start it again if it died; False when it dies too quickly too often."""
        if self.process.is_alive():
            return True
        lived = time.monotonic() - self.started_at
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_SECONDS else 0
        if self.quick_deaths >= MAX_QUICK_DEATHS:
            return False
        print(f"{self.name} stopped with {self.process.exitcode}; starting it again", flush=True)
        self._end_orphans()
        time.sleep(self.quick_deaths)
        self.start()
        return True

    def _end_orphans(self) -> None:
        """What a killed server leaves behind still holds its port; it finishes its requests and lets go."""
        if self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)

    def stop(self) -> None:
        if self.process.is_alive() and self.process.pid:
            os.kill(self.process.pid, self.stop_signal)

    def wait(self) -> None:
        self.process.join(PATIENCE_SECONDS)
        if self.process.is_alive():
            self.process.kill()


def main() -> int:
    try:
        settings = Settings.from_environ()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    app = create_app(settings)
    prepare(app, settings)
    os.environ["WEB_CONCURRENCY"] = str(settings.web_concurrency)
    web = Child("web", lambda: WebServer(app).run(), signal.SIGTERM)
    children = [web, Child("worker", become_worker, signal.SIGINT)]
    asked_to_stop = stops()
    for child in children:
        child.start()
    if is_alive(settings.port, web):
        greet(settings)
    return supervise(children, asked_to_stop)


def become_worker() -> None:
    os.execv(sys.executable, [sys.executable, "-m", "flask", "--app", "wsgi", "worker"])  # noqa: S606


def prepare(app: Flask, settings: Settings) -> None:
    """Bring the schema up to date; in a demo, the seed in when it has changed, and life in when there is none."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    migrate_to_newest(app)
    with app.app_context():
        is_empty = db.session.scalar(sa.select(Product.id).limit(1)) is None
        has_orders = db.session.scalar(sa.select(Order.id).limit(1)) is not None
        db.session.remove()
        # No connection may be shared with the processes that are forked from here.
        db.engine.dispose()
    seeded = settings.instance_path / "seeded"
    digest = hashlib.sha256((ROOT / "seed_products.json").read_bytes()).hexdigest()
    if settings.is_demo and (is_empty or not seeded.exists() or seeded.read_text() != digest):
        run_command("seed")
        seeded.write_text(digest)
    if settings.is_demo and not has_orders:
        run_command("demo", "--orders", FIRST_ORDERS, "--days", FIRST_DAYS)


def run_command(*words: str) -> None:
    """A command in a process of its own: what it loads stays out of the servers that are forked from this one."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603  the words stand in this file


def stops() -> list[int]:
    """A list that is empty until Ctrl-C or SIGTERM asks to stop."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return asked


def is_alive(port: int, web: Child) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and web.process.is_alive():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return False


def greet(settings: Settings) -> None:
    print(f"\nThe shop is open at {settings.public_url}   (stop it with Ctrl-C)")
    if settings.is_demo:
        print(f"Demo accounts, each with the password {DEMO_PASSWORD}:")
        for name, what in DEMO_ACCOUNTS.items():
            print(f"  {name + '@demo.example':<26} {what}")
    print(flush=True)


def supervise(children: list[Child], asked_to_stop: list[int]) -> int:
    """Wait until asked to stop, then stop both; 1 when a child could not be kept alive."""
    code = 0
    while not asked_to_stop and not code:
        time.sleep(0.3)
        if not all(child.revive() for child in children):
            code = 1
    for child in children:
        child.stop()
    for child in children:
        child.wait()
    return code


if __name__ == "__main__":
    sys.exit(main())
