"""`make run`'s supervisor: opens the shop, brings a killed child back, stops everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.browser.live import ROOT, free_port


@pytest.mark.slow
def test_the_shop_opens_survives_a_killed_server_and_stops(tmp_path: Path):
    port = free_port()
    environ = {**os.environ, "SHOP_ENV": "demo", "INSTANCE_PATH": str(tmp_path), "PORT": str(port)}
    environ.pop("DATABASE_URL", None)
    log = (tmp_path / "run.log").open("w+")
    shop = subprocess.Popen(
        [sys.executable, "-m", "shop.cli.run"], cwd=ROOT, env=environ, stdout=log, stderr=log
    )
    try:
        assert wait_for(port, 90), log_of(tmp_path)
        web = children_of(shop.pid)[0]
        os.kill(web, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while web in (children := children_of(shop.pid)) or not wait_for(port, 1):
            assert time.monotonic() < deadline, log_of(tmp_path)
            time.sleep(0.2)
        assert "buyer@demo.example" in log_of(tmp_path)
    finally:
        shop.send_signal(signal.SIGINT)
        assert shop.wait(40) == 0, log_of(tmp_path)
    assert not any(Path(f"/proc/{child}").exists() for child in children)


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
