"""`make run`'s supervisor: opens the shop, brings a killed child back, stops everything, opens again in seconds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.live import ROOT, free_port

FIRST_SECONDS, SECOND_SECONDS = 120, 5
# A machine that takes a second only to load these is not the one of which five seconds are promised.
LIBRARIES, TIMES_THE_LIBRARIES = "import flask, sqlalchemy.orm, alembic.command", 5


@pytest.mark.slow
def test_the_shop_opens_survives_a_killed_server_stops_and_opens_again_at_once(tmp_path: Path):
    with opened(tmp_path, FIRST_SECONDS) as shop:
        assert "buyer@demo.example" in log_of(tmp_path)
        web = children_of(shop.pid)[0]
        os.kill(web, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while web in (children := children_of(shop.pid)) or not wait_for(shop.port, 1):
            assert time.monotonic() < deadline, log_of(tmp_path)
            time.sleep(0.2)
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "orders with" in log_of(tmp_path), "the first start fills the demo"
    assert any(opens_in_time(tmp_path) for _ in range(3)), log_of(tmp_path)
    assert "orders with" not in log_of(tmp_path), "a second start neither seeds nor makes up orders"


def opens_in_time(folder: Path) -> bool:
    """Whether an installed shop is open again within five seconds; on a slow machine, within five times its libraries.

    Asked up to three times, because the machine may be busy with something else.
    """
    libraries = seconds_for_libraries()
    before = idle_seconds()
    with opened(folder, FIRST_SECONDS) as shop:
        # Opening takes one processor at a time. Where none stood idle meanwhile it had to wait for others, and the clock
        # says nothing about this shop.
        is_crowded = idle_seconds() - before < shop.seconds * (os.cpu_count() or 1) / 4
        taken = shop.processor_seconds if is_crowded else shop.seconds
    return taken < max(SECOND_SECONDS, TIMES_THE_LIBRARIES * libraries)


def seconds_for_libraries() -> float:
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    return time.monotonic() - begun


@dataclass
class Opened:
    """A shop that `make run` keeps open, what it took until then by the clock, and of the processors."""

    pid: int
    port: int
    seconds: float
    processor_seconds: float


@contextmanager
def opened(folder: Path, patience: float) -> Iterator[Opened]:
    """It ends well when it is asked to stop."""
    port = free_port()
    environ = {**os.environ, "SHOP_ENV": "demo", "INSTANCE_PATH": str(folder), "PORT": str(port)}
    environ.pop("DATABASE_URL", None)
    begun = time.monotonic()
    with (folder / "run.log").open("w+") as log:
        shop = subprocess.Popen(
            [sys.executable, "-m", "shop.cli.run"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
        try:
            assert wait_for(port, patience), log_of(folder)
            seconds, processor_seconds = time.monotonic() - begun, processor_seconds_of(shop.pid)
            wait_until_greeted(folder)
            yield Opened(shop.pid, port, seconds, processor_seconds)
        finally:
            shop.send_signal(signal.SIGINT)
            assert shop.wait(40) == 0, log_of(folder)


def wait_until_greeted(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while "The shop is open" not in log_of(folder):
        assert time.monotonic() < deadline, log_of(folder)
        time.sleep(0.05)


def idle_seconds() -> float:
    """Of all processors together, since the machine began."""
    idle = int(Path("/proc/stat").read_text().split()[4])
    return idle / os.sysconf("SC_CLK_TCK")


def processor_seconds_of(pid: int) -> float:
    """Of a process, all that it has ended, and its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK") + sum(map(processor_seconds_of, children_of(pid)))


def wait_for(port: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def log_of(folder: Path) -> str:
    return (folder / "run.log").read_text()[-3000:]
