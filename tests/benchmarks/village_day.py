"""A day of the whole county: 1,625 households and 5,000 orders through the village flow, and what its boards cost."""

from __future__ import annotations

import logging
from pathlib import Path
from time import monotonic

import structlog
from flask import Flask
from flask.testing import FlaskClient

from shop import create_app
from shop.check.all_rules import find_violations
from shop.demo.play import play
from shop.extensions import db, payment_providers, unit_of_work
from shop.kit.clock import utc_now
from shop.seeding.loading import load_seed
from shop.storage.database import allow_long_statements
from tests.benchmarks.databases import empty
from tests.conftest import OwnOriginClient
from tests.databases import testing_settings
from tests.factories.counting import counted_statements
from tests.factories.people import sign_in
from tests.factories.seeds import SEED_FILE
from tests.village_day import BOARDS, VillageDay

HOUSEHOLDS, ORDERS, SEED = 1_625, 5_000, 7


def measure_village_day(folder: Path, *, server: str | None) -> int:
    """Print what each board costs while all of it waits, and how long the day takes; return the violations."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with empty(folder, server=server) as url:
        app = create_app(testing_settings(folder / "day", url))
        with app.app_context():
            _fill()
        print(f"\nA day with {HOUSEHOLDS:,} households and {ORDERS:,} orders")
        for person, paths in BOARDS.items():
            client = OwnOriginClient(app, app.response_class, use_cookies=True)
            sign_in(client, f"{person}@demo.example", "demo-password")
            for path in paths:
                _say(app, client, path)
        with app.app_context():
            return _play()


def _fill() -> None:
    load_seed(unit_of_work(), SEED_FILE, now=utc_now(), demo=True)
    unit_of_work().run(
        lambda session: (
            allow_long_statements(session, seconds=3600),
            play(session, orders=ORDERS, households=HOUSEHOLDS, days=2, seed=SEED, now=utc_now()),
        )
    )


def _say(app: Flask, client: FlaskClient, path: str) -> None:
    """The second of two requests."""
    client.get(path)
    with app.app_context():
        engine = db.engine
    begun = monotonic()
    with counted_statements(engine) as statements:
        answer = client.get(path)
    took = (monotonic() - begun) * 1000
    print(f"{path:32}{len(statements):4} statements{took:8.0f} ms{len(answer.data) / 1024:8.0f} KiB")


def _play() -> int:
    begun = monotonic()
    day = VillageDay(unit_of_work(), payment_providers(), now=utc_now())
    log = day.play()
    took = monotonic() - begun
    found = unit_of_work().run(lambda session: list(find_violations(session, now=day.now)))
    print(
        f"the day: {took:.0f} s, {sum(log.values()):,} steps, {len(found)} violations; {dict(log)}",
        flush=True,
    )
    db.session.remove()
    db.engine.dispose()
    return len(found)
