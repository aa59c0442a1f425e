"""`make bench`: the rows of the speed table, each as a ratio to the reference page measured beside it,
a large made-up history with what `flask check` says of it, and a day in the villages.

Options come from the environment: BENCH_PRODUCTS (1000,100000), BENCH_SECONDS (4), BENCH_KEEP (a folder to keep the
embedded databases in), TEST_POSTGRES_URL (measure there instead of on SQLite).
"""

from __future__ import annotations

import http.client
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.databases import catalogue
from tests.benchmarks.driver import Measured, load_flows, load_pages
from tests.benchmarks.flows import Visitor, add_to_basket, buy
from tests.benchmarks.gift_list import measure_gift_list
from tests.benchmarks.history import measure_history
from tests.benchmarks.servers import WORKERS, cpu_seconds, largest_worker_mib, served
from tests.benchmarks.synthetic import SOLD_OUT_EVERY
from tests.benchmarks.village_day import measure_village_day

SIZES = tuple(int(size) for size in os.environ.get("BENCH_PRODUCTS", "1000,100000").split(","))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
SERVER = os.environ.get("TEST_POSTGRES_URL")


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` is the ratio to the reference page that is wanted."""

    name: str
    path: str = ""
    goal: float | None = None
    flow: str = ""


ROWS = (
    Row("list, uncached", "/products?lang=zh&x={n}", 0.6),
    Row("list, page 2 to 42, uncached", "/products?lang=zh&x={n}&page={m}", 0.6),
    Row("list, kept", "/products?lang=zh", 3.0),
    Row("category, uncached", "/products?lang=zh&category=tea&x={n}", 0.6),
    Row("category, by price, in stock", "/products?lang=zh&category=tea&sort=price&in_stock=1&x={n}", 0.6),
    Row("search, Chinese", "/products?lang=zh&q=香菇&x={n}", 0.3),
    Row("search, pinyin", "/products?lang=zh&q=xianggu&x={n}", 0.3),
    Row("search, initials", "/products?lang=zh&q=hme&x={n}", 0.3),
    Row("suggestions", "/search/suggest?lang=zh&q=xiangg&x={n}", 0.3),
    Row("product, uncached", "/products/product-{m}?lang=zh&x={n}", 0.8),
    Row("product, kept", "/products/product-7?lang=zh", 3.0),
    Row("home, kept", "/?lang=zh", 3.0),
    Row("add to basket", flow="add", goal=0.3),
    Row("checkout, orders", flow="buy"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(os.environ.get("BENCH_KEEP", temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        kind = "PostgreSQL" if SERVER else "SQLite"
        print(
            f"{kind}, {WORKERS} workers, 8 connections, {SECONDS:.0f} s a row; ratios to the reference page"
        )
        failed = sum(_measure(size, folder) for size in SIZES)
        failed += measure_history(folder, server=SERVER)
        failed += measure_village_day(folder, server=SERVER)
        measure_gift_list(folder, server=SERVER)
    sys.exit(1 if failed else 0)


def _measure(size: int, folder: Path) -> int:
    """Print the table of one size; return how many requests failed. Times fail nothing."""
    with catalogue(size, folder, server=SERVER) as url:
        log = folder / "server.log"
        before, reference_cpu = _reference(url, folder)
        print(f"\n{size:,} products")
        print(
            f"{'':32}{'req/s':>9}{'ratio':>8}{'by cpu':>8}{'goal':>7}{'p95 ms':>9}{'cpu ms':>8}{'failed':>8}"
        )
        print(
            f"{'reference page':32}{before.rate:9.0f}{1:8.2f}{1:8.2f}{'':>7}{before.p95_ms:9.1f}{reference_cpu:8.2f}"
        )
        with _shop(url, folder, log) as (address, group):
            failed = sum(_row(row, address, group, (before.rate, reference_cpu), size) for row in ROWS)
            print(f"largest worker afterwards: {largest_worker_mib(group):.0f} MiB (goal 120)")
        after, _ = _reference(url, folder)
        print(f"{'reference page, afterwards':32}{after.rate:9.0f}{after.rate / before.rate:8.2f}")
    return failed


def _row(row: Row, address: str, group: int, reference: tuple[float, float], size: int) -> int:
    """`reference` is the reference page's rate, and its CPU time in milliseconds a request."""
    _load(row, address, size, seconds=1)  # statements are compiled and templates loaded at their first use
    used = cpu_seconds(group)
    measured = _load(row, address, size, seconds=SECONDS)
    cpu = (cpu_seconds(group) - used) * 1000 / max(measured.rate * SECONDS, 1)
    by_cpu = reference[1] / cpu if cpu else float("nan")
    goal = f"{row.goal:.1f}" if row.goal else ""
    print(
        f"{row.name:32}{measured.rate:9.0f}{measured.rate / reference[0]:8.2f}{by_cpu:8.2f}{goal:>7}"
        f"{measured.p95_ms:9.1f}{cpu:8.2f}{measured.failed:8}",
        *measured.errors[:1],
        flush=True,
    )
    return measured.failed


def _load(row: Row, address: str, size: int, *, seconds: float) -> Measured:
    if row.flow:
        return load_flows(address, _flow(row.flow, address, size), seconds=seconds)
    return load_pages(address, row.path, seconds=seconds, choices=min(size, 41))


def _flow(name: str, address: str, size: int):
    def visit(connection: http.client.HTTPConnection, number: int) -> None:
        visitor = Visitor(connection, address)
        variant = (number * 7919) % (2 * size) + 1
        sku = f"SKU-{variant - (variant % SOLD_OUT_EVERY == 0)}"
        buy(visitor, sku) if name == "buy" else add_to_basket(visitor, sku)

    return visit


def _reference(url: str, folder: Path) -> tuple[Measured, float]:
    """How it does, and its CPU time in milliseconds a request (without a database server's)."""
    options = ("-w", WORKERS, "-k", "sync", "--log-level", "warning", "--keep-alive", "5")
    environment = {"DATABASE_URL": url}
    with served(
        "tests.benchmarks.reference_app:app", environment, *options, log=folder / "reference.log", ready="/"
    ) as (address, group):
        load_pages(address, "/?x={n}", seconds=1)
        used = cpu_seconds(group)
        measured = load_pages(address, "/?x={n}", seconds=SECONDS)
        return measured, (cpu_seconds(group) - used) * 1000 / max(measured.rate * SECONDS, 1)


@contextmanager
def _shop(url: str, folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    environment = {
        "SHOP_ENV": "demo",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(folder / "instance"),
        "RATE_LIMITS": "off",
        "WEB_CONCURRENCY": WORKERS,
    }
    with served("wsgi:app", environment, "-c", "gunicorn.conf.py", log=log, ready="/healthz") as running:
        load_pages(running[0], "/products?lang=zh&x={n}", seconds=1)
        yield running


if __name__ == "__main__":
    main()
