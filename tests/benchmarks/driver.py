"""A small load driver: eight connections for some seconds. `wrk` is used for plain pages where it is installed."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import quote, urlsplit

CONNECTIONS = 8
_WRK = shutil.which("wrk")
_SCRIPT = """
local n = %d
request = function()
  n = n + 1
  local path = string.gsub(%s, "{n}", n)
  path = string.gsub(path, "{m}", n %% %d + 1)
  return wrk.format("GET", path)
end
done = function(summary, latency)
  io.write(string.format("MEASURED %%f %%f %%d\\n", summary.requests / summary.duration * 1000000,
    latency:percentile(95) / 1000, summary.errors.status + summary.errors.timeout))
end
"""


@dataclass
class Measured:
    """Requests (or flows) per second, the 95th percentile in milliseconds, and how many failed."""

    rate: float
    p95_ms: float
    failed: int = 0
    errors: list[str] = field(default_factory=list)


Visitor = Callable[[http.client.HTTPConnection, int], None]


def load_pages(address: str, path: str, *, seconds: float, choices: int = 1) -> Measured:
    """Ask for `path` as fast as it goes; `{n}` in it is a new number each time, `{m}` one of so many."""
    path = quote(path, safe="/?&=%{}")
    if _WRK:
        return _with_wrk(address, path, seconds, choices)

    def visit(connection: http.client.HTTPConnection, number: int) -> None:
        get(connection, path.replace("{n}", str(number)).replace("{m}", str(number % choices + 1)))

    return load_flows(address, visit, seconds=seconds)


def load_flows(address: str, visit: Visitor, *, seconds: float) -> Measured:
    """Run flows over eight connections; each gets its own number."""
    numbers = count(_fresh_numbers())
    times: list[float] = []
    errors: list[str] = []
    deadline = time.monotonic() + seconds

    def run() -> None:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
        while time.monotonic() < deadline:
            began = time.perf_counter()
            try:
                visit(connection, next(numbers))
            except (OSError, http.client.HTTPException, AssertionError) as error:
                errors.append(f"{type(error).__name__}: {error}")
                connection.close()
                continue
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=run) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    return Measured(len(times) / took, _p95(times) * 1000, len(errors), errors[:3])


def get(connection: http.client.HTTPConnection, path: str, **headers: str) -> bytes:
    """The body of a page. Raises AssertionError for anything but 200."""
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, f"{path}: {answer.status}"
    return body


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)] if times else float("nan")


def _with_wrk(address: str, path: str, seconds: float, choices: int) -> Measured:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % (_fresh_numbers(), json.dumps(path), choices))
        script.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{round(seconds)}s", "-s", script.name, address]
        report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate, p95, failed = re.findall(r"MEASURED ([\d.]+) ([\d.]+) (\d+)", report)[0]
    return Measured(float(rate), float(p95), int(failed))


def _fresh_numbers() -> int:
    """Where to begin counting, so that no address was ever asked for before."""
    return time.time_ns() // 1_000_000 % 10**9
