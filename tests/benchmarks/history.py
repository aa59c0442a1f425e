"""The row that is no page: how long `flask demo` takes for a large history, and whether `flask check` finds it whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

from tests.benchmarks.databases import empty

ROOT = Path(__file__).resolve().parents[2]
ORDERS, SEED = 20_000, 7


def measure_history(folder: Path, *, server: str | None) -> int:
    """Print the row; return how many violations there are."""
    with empty(folder, server=server) as url:
        environment = os.environ | {
            "SHOP_ENV": "demo", "DATABASE_URL": url, "INSTANCE_PATH": str(folder / "history"),
        }  # fmt: skip
        flask("seed", environment)
        begun = monotonic()
        flask(f"demo --orders {ORDERS} --seed {SEED}", environment)
        seconds = monotonic() - begun
        begun = monotonic()
        violations = len(json.loads(flask("check --json", environment))["violations"])
    print(
        f"\nflask demo --orders {ORDERS} --seed {SEED}: {seconds:.0f} s;"
        f" flask check: {monotonic() - begun:.0f} s, {violations} violations",
        flush=True,
    )
    return violations


def flask(words: str, environment: dict[str, str]) -> str:
    """What the command printed. `check` ends with 1 when it finds something; every other failure is shown and raised."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words.split()]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode and not done.stdout.startswith("{"):
        raise RuntimeError(f"flask {words} ended with {done.returncode}: {done.stdout[-1000:]}")
    return done.stdout
