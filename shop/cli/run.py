"""`make run`: migrate, seed, start web and worker, and stop both together.

Run as `python -m shop.cli.run`. A child that dies is started again, unless it dies at once again and again.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from types import FrameType

from flask import Flask
from flask_migrate import upgrade

from shop import create_app
from shop.settings import ROOT, Settings, SettingsError

DEMO_PASSWORD = "demo-password"  # noqa: S105  everybody may know it: it exists in the demo only
DEMO_ACCOUNTS = {
    "buyer": "a member of staff who buys",
    "buyer2": "another one",
    "union": "buys for an organisation",
    "farmer": "a household's account: /farm",
    "farmer2": "the same in another village",
    "coordinator": "packs and ships: /village",
    "coordinator2": "the same for another village",
    "point": "hands parcels over on campus: /point",
    "admin": "the shop's team: /admin",
    "admin2": "a second one, for approvals",
}
PATIENCE_SECONDS = 30
MAX_QUICK_DEATHS = 5
QUICK_SECONDS = 10


@dataclass
class Child:
    """One process to be kept alive, and the signal that asks it to finish its work and go."""

    name: str
    command: list[str]
    stop_signal: signal.Signals
    process: subprocess.Popen[bytes] = field(init=False)
    started_at: float = 0.0
    quick_deaths: int = 0

    def start(self, environ: dict[str, str]) -> None:
        self.started_at = time.monotonic()
        # In a session of its own, so that Ctrl-C reaches only us and we decide the order.
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=environ, start_new_session=True)  # noqa: S603

    def revive(self, environ: dict[str, str]) -> bool:
        """Start it again if it died; False when it dies too quickly too often."""
        if self.process.poll() is None:
            return True
        lived = time.monotonic() - self.started_at
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_SECONDS else 0
        if self.quick_deaths >= MAX_QUICK_DEATHS:
            return False
        print(f"{self.name} stopped with {self.process.returncode}; starting it again", flush=True)
        self.start(environ)
        return True

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait(self) -> None:
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()


def main() -> int:
    try:
        settings = Settings.from_environ()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    app = create_app(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    prepare(app)
    environ = child_environ(settings)
    children = [
        Child("web", [sys.executable, "-m", "gunicorn", "wsgi:app"], signal.SIGTERM),
        Child("worker", [sys.executable, "-m", "flask", "--app", "wsgi", "worker"], signal.SIGINT),
    ]
    asked_to_stop = stops()
    for child in children:
        child.start(environ)
    if is_alive(settings.port, children[0]):
        greet(settings)
    return supervise(children, environ, asked_to_stop)


def prepare(app: Flask) -> None:
    """Bring the schema up to date and, in a demo, the seed in."""
    with app.app_context():
        upgrade()
    if app.extensions["shop.settings"].is_demo:
        result = app.test_cli_runner().invoke(args=["seed"])
        if result.exit_code:
            sys.exit(f"seeding failed:\n{result.output}{result.exception or ''}")


def child_environ(settings: Settings) -> dict[str, str]:
    """The environment of both children, with an empty folder for their common metrics."""
    metrics = settings.instance_path / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    return {
        **os.environ,
        "PORT": str(settings.port),
        "WEB_CONCURRENCY": str(settings.web_concurrency),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }


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
    while time.monotonic() < deadline and web.process.poll() is None:
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


def supervise(children: list[Child], environ: dict[str, str], asked_to_stop: list[int]) -> int:
    """Wait until asked to stop, then stop both; 1 when a child could not be kept alive."""
    code = 0
    while not asked_to_stop and not code:
        time.sleep(0.3)
        if not all(child.revive(environ) for child in children):
            code = 1
    for child in children:
        child.stop()
    for child in children:
        child.wait()
    return code


if __name__ == "__main__":
    sys.exit(main())
