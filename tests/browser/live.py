"""A real shop under gunicorn, and the system's Chromium, for tests marked `browser`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@dataclass(frozen=True)
class LiveShop:
    """A running shop: its address, its environment for `flask` commands, and its database."""

    url: str
    environ: dict[str, str]
    database_url: str

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `flask --app wsgi …` on this shop. Raises CalledProcessError."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environ, check=True, capture_output=True, text=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running_shop(
    folder: Path,
    database_url: str,
    *,
    workers: int = 2,
    threads: int = 4,
    seed: bool = True,
    app: str = "wsgi:app",
    host: str = "127.0.0.1",
    **environ: str,
) -> Iterator[LiveShop]:
    """Start gunicorn on a migrated database, seeded unless told otherwise, and stop it afterwards.

    `host` is this machine's name in the shop's own address.
    """
    port = free_port()
    shop = LiveShop(
        url=f"http://{host}:{port}",
        environ={
            **os.environ,
            "SHOP_ENV": "demo",
            "INSTANCE_PATH": str(folder),
            "DATABASE_URL": database_url,
            "PORT": str(port),
            "RATE_LIMITS": "off",
            "PUBLIC_URL": f"http://{host}:{port}",
            **environ,
        },
        database_url=database_url,
    )
    if seed:
        shop.flask("seed")
    log = (folder / "gunicorn.log").open("w")
    command = [
        sys.executable, "-m", "gunicorn", app, "-c", "gunicorn.conf.py",
        "--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(threads),
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, env=shop.environ, stderr=log, stdout=log)
    try:
        _wait_until_alive(shop.url, server, folder / "gunicorn.log")
        yield shop
    finally:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()


def _wait_until_alive(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120  # a crowded machine is no failure of the shop
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the shop did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def live_shop(database_url: str, tmp_path: Path) -> Iterator[LiveShop]:
    """A seeded demo shop under gunicorn, on a database of this test's own."""
    with running_shop(tmp_path, database_url) as shop:
        yield shop


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """pytest-playwright's `browser`, `context` and `page` use the system's Chromium."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    return {"executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}
