"""A whole day in the villages: every order gets to its end, the books are right, and no board grows with the work.

`make bench` plays the same day with 1,625 households and 5,000 orders.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from shop.check.all_rules import find_violations
from shop.demo.play import play
from shop.extensions import db, payment_providers, unit_of_work
from shop.fulfilment.models import Parcel, ParcelStatus, Task
from shop.fulfilment.transitions import WITH_THE_PRODUCER
from shop.kit.clock import utc_now
from shop.ordering.claim_desk import open_claims
from shop.ordering.models import Order, OrderStatus
from tests.conftest import OwnOriginClient
from tests.factories.counting import counted_statements
from tests.factories.people import sign_in
from tests.village_day import BOARDS, VillageDay

HOUSEHOLDS, ORDERS = 120, 110


def busy(app: Flask, orders: int, seed: int) -> None:
    """Orders of the last two days, most of them at their beginning."""
    with app.app_context():
        unit_of_work().run(
            lambda s: play(s, orders=orders, households=HOUSEHOLDS, days=2, seed=seed, now=utc_now())
        )


def test_every_order_of_the_day_comes_to_its_end_and_the_books_are_right(seeded_app: Flask):
    busy(seeded_app, ORDERS, seed=7)
    with seeded_app.app_context():
        day = VillageDay(unit_of_work(), payment_providers(), now=utc_now())
        log = day.play()
        assert not [name for name in log if ":" in name], log
        assert log.keys() >= {
            "declined",
            "short",
            "escalated",
            "packed",
            "shipped",
            "handed_over",
            "completed",
        }
        found = unit_of_work().run(lambda s: [str(one) for one in find_violations(s, now=day.now)])
        assert found == []
        with Session(db.engine) as session:
            standing = sa.select(sa.func.count(Task.id)).where(Task.status.in_(WITH_THE_PRODUCER))
            unsent = sa.select(sa.func.count(Parcel.id)).where(Parcel.status == ParcelStatus.PACKED)
            half_way = set(
                session.scalars(sa.select(Order.number).where(Order.status == OrderStatus.SHIPPED))
            )
            assert (session.scalar(standing), session.scalar(unsent)) == (0, 0)
            assert half_way <= {claim.number for claim in open_claims(session)}  # the team has the word


@pytest.mark.parametrize("person", BOARDS)
def test_no_board_sends_more_statements_when_there_is_more_work(seeded_app: Flask, person: str):
    client = OwnOriginClient(seeded_app, seeded_app.response_class, use_cookies=True)
    assert sign_in(client, f"{person}@demo.example", "demo-password").status_code == 303

    def costs() -> dict[str, int]:
        return {path: cheapest(seeded_app, client, path) for path in BOARDS[person]}

    busy(seeded_app, 200, seed=7)  # something of everything
    few = costs()
    busy(seeded_app, 400, seed=8)
    assert costs() == few


def cheapest(app: Flask, client: OwnOriginClient, path: str) -> int:
    """Statements of the cheaper of two requests: now and then one looks after its session besides."""
    with app.app_context():
        engine = db.engine
    counts = []
    for _ in range(2):
        with counted_statements(engine) as statements:
            assert client.get(path).status_code == 200, path
        counts.append(len(statements))
    return min(counts)
