"""`python -m tests.benchmarks.reports`: every report as a page and as a file, the back office's lists, and `flask check`.

    python -m tests.benchmarks.reports --lines 1000000 [--server postgresql+psycopg://…]   fills a database by `flask demo`
    python -m tests.benchmarks.reports --database URL [--only orders,trial-balance]        measures one that is filled

Pages are opened twice for the month up to today and twice for a year; the quicker counts, and beside it stands what of it
was the database. Files are of the year, taken whole in one answer however long, and say when their first byte came, how
long they took, and by how much the process grew meanwhile. What is over its limit is marked; nothing fails for it.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic

import sqlalchemy as sa
import structlog
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Engine

from shop import create_app
from shop.accounts.models import Attempt
from shop.check.all_rules import RULES
from shop.extensions import db, unit_of_work
from shop.kit.clock import shanghai_date, utc_now
from shop.ordering.models import OrderLine
from shop.reports.all_reports import REPORTS
from shop.storage.database import allow_long_statements
from tests.benchmarks.databases import empty
from tests.benchmarks.history import flask
from tests.conftest import OwnOriginClient
from tests.databases import testing_settings
from tests.factories.people import sign_in

LINES_AN_ORDER, HOUSEHOLDS, SEED = 1.78, 1_625, 7
PAGE_SECONDS = {"postgresql": 2.0, "sqlite": 4.0}
FIRST_BYTE_SECONDS, GROWTH_MIB, LIST_SECONDS = 1.0, 32.0, 0.5
LISTS = (
    "/admin/orders", "/admin/orders?q=138", "/admin/orders?status=confirmed", "/admin/orders?status=completed&page=50",
    "/admin", "/admin/tasks", "/admin/lots", "/admin/lots/expiring", "/admin/books", "/admin/books/movements", "/admin/audit",
    "/admin/reports", "/admin/payouts", "/admin/receivables", "/admin/reconcile", "/admin/transfers", "/admin/invoices",
    "/admin/claims", "/admin/users", "/admin/messages", "/admin/uncollected", "/admin/runs", "/admin/money-work",
    "/admin/shelves", "/admin/units/board", "/admin/vouchers", "/impact",
)  # fmt: skip


@dataclass
class Clock:
    """Seconds that statements took."""

    spent: float = 0.0
    begun: float = 0.0


def main() -> None:
    asked = _asked()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as temporary, _database(asked, Path(temporary)) as url:
        app = create_app(testing_settings(Path(temporary) / "reports", url))
        with app.app_context():
            engine = db.engine
            lines = db.session.scalar(sa.select(sa.func.count(OrderLine.id)))
            db.session.remove()
        print(f"{engine.dialect.name}, {lines:,} order lines; seconds, what is over its limit with a !")
        only = set(asked.only.split(",")) if asked.only else set(REPORTS)
        bench = Bench(app, engine, [name for name in REPORTS if name in only])
        for part in asked.parts.split(","):
            getattr(bench, part)()
        engine.dispose()


class Bench:
    def __init__(self, app: Flask, engine: Engine, names: list[str]) -> None:
        self._app, self._engine, self._names = app, engine, names
        self._client = OwnOriginClient(app, app.response_class, use_cookies=True)
        sign_in(self._client, "admin@demo.example", "demo-password")
        self._client.get("/admin")
        today = shanghai_date(utc_now())
        self._year = f"from={today - timedelta(days=364)}&to={today}"

    def pages(self) -> None:
        limit = PAGE_SECONDS[self._engine.dialect.name]
        print(f"\n{'report page':34}{'month':>8}{'year':>8}{'database':>10}{'limit':>7}")
        for name in self._names:
            month, _ = self._opened(f"/admin/reports/{name}")
            year, database = self._opened(f"/admin/reports/{name}?{self._year}")
            over = "!" if max(month, year) > limit else ""
            print(f"{name:34}{month:8.2f}{year:8.2f}{database:10.2f}{limit:7.1f} {over}", flush=True)

    def lists(self) -> None:
        print(f"\n{'list':44}{'seconds':>8}{'database':>10}{'limit':>7}")
        for path in LISTS:
            seconds, database = self._opened(path)
            over = "!" if seconds > LIST_SECONDS else ""
            print(f"{path:44}{seconds:8.2f}{database:10.2f}{LIST_SECONDS:7.1f} {over}", flush=True)

    def files(self) -> None:
        print(
            f"\n{'file of a year':34}{'':5}{'first':>7}{'whole':>8}{'MiB':>8}{'grew':>7}  limits 1 s, 32 MiB"
        )
        for name in self._names:
            for kind in ("csv", "json", "xlsx"):
                first, whole, size, grew = self._taken(f"/admin/reports/{name}?format={kind}&{self._year}")
                over = "!" if first > FIRST_BYTE_SECONDS or grew > GROWTH_MIB else ""
                print(
                    f"{name:34}{kind:5}{first:7.2f}{whole:8.2f}{size:8.1f}{grew:7.1f} {over}",
                    flush=True,
                )

    def check(self) -> None:
        print(f"\n{'rule of flask check':44}{'seconds':>8}")
        with self._app.app_context():
            allow_long_statements(db.session(), seconds=3600)
            for rule in RULES:
                begun = monotonic()
                found = len(list(rule.find(db.session(), utc_now())))
                took = monotonic() - begun
                if took > 1 or found:
                    print(f"{rule.name:44}{took:8.2f}  {found or ''}", flush=True)
            db.session.remove()

    def _opened(self, path: str) -> tuple[float, float]:
        """Seconds of the quicker of two, and those of its statements."""
        return min(self._open(path) for _ in range(2))

    def _open(self, path: str) -> tuple[float, float]:
        begun = monotonic()
        with _statements(self._engine) as clock:
            answer = self._client.get(path)
        took = monotonic() - begun
        if answer.status_code != 200:
            print(f"{path}: {answer.status_code}")
        return took, clock.spent

    def _taken(self, path: str) -> tuple[float, float, float, float]:
        """Seconds to the first byte and to the last, MiB of it, and MiB that the process grew by meanwhile."""
        self._forget_attempts()
        before = most = _resident_mib()
        begun, first, size = monotonic(), 0.0, 0
        answer = self._client.get(path, buffered=False)
        if answer.status_code != 200:
            print(f"{path}: {answer.status_code} {answer.location or ''}")
        for piece in answer.iter_encoded():
            first = first or monotonic() - begun
            size += len(piece)
            most = max(most, _resident_mib())
        answer.close()
        return first, monotonic() - begun, size / 2**20, most - before

    def _forget_attempts(self) -> None:
        with self._app.app_context():
            unit_of_work().run(lambda session: session.execute(sa.delete(Attempt)))


@contextmanager
def _statements(engine: Engine) -> Iterator[Clock]:
    clock = Clock()

    def before(*_rest) -> None:
        clock.begun = monotonic()

    def after(*_rest) -> None:
        clock.spent += monotonic() - clock.begun

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield clock
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@contextmanager
def _database(asked: argparse.Namespace, folder: Path) -> Iterator[str]:
    if asked.database:
        yield asked.database
        return
    with empty(folder, server=asked.server) as url:
        environment = {"SHOP_ENV": "demo", "DATABASE_URL": url, "INSTANCE_PATH": str(folder / "filling")}
        flask("seed", os.environ | environment)
        orders, begun = round(asked.lines / LINES_AN_ORDER), monotonic()
        flask(f"demo --orders {orders} --households {HOUSEHOLDS} --seed {SEED}", os.environ | environment)
        print(f"flask demo --orders {orders} --households {HOUSEHOLDS}: {monotonic() - begun:.0f} s")
        yield url


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reports")
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--server", help="The PostgreSQL server to fill a database on; else SQLite.")
    parser.add_argument("--database", help="The URL of a database that is filled.")
    parser.add_argument("--only", help="Names of reports, with commas.")
    parser.add_argument("--parts", default="pages,lists,files,check")
    return parser.parse_args()


if __name__ == "__main__":
    main()
