"""Two hundred buyers, fifty units: fifty are sold, and nobody is refused while one is left.

Each race has a twin that switches the lock off; the twin must go red, or the race proves nothing.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.candidates import read_offer
from shop.inventory.models import Allocation, Lot
from shop.kit.errors import ShopError
from shop.ordering import checkout
from shop.ordering.checkout import place_order
from shop.ordering.errors import SoldOut
from shop.ordering.limits import MOST_UNPAID
from shop.ordering.models import Order
from shop.storage.database import WRITES
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.buying import a_guest, a_wish, an_account, fill_basket, somebody
from tests.factories.small_shop import add_lot, add_product, open_small_shop

BUYERS, UNITS, THREADS = 200, 50, 24


@pytest.fixture
def shop(session):
    shop = open_small_shop(session)
    add_product(session, shop, "rare", price_fen=5_000, gross_g=100)
    # Fifty units over four households, so that plans can cross.
    for name, units in (("li", 20), ("chen", 15), ("wang", 10), ("yu", 5)):
        add_lot(session, shop, f"rare-{name}", "rare", name, units=units)
    session.commit()
    return shop


def wishes_of(session, shop, count, **changes):
    wishes = []
    for number in range(count):
        owner = a_guest()
        fill_basket(session, owner, {"rare": 1}, now=shop.now)
        wishes.append(a_wish(shop, owner, courier=bool(number % 2), recipient=somebody(number), **changes))
    session.commit()
    return wishes


def rush(unit_of_work, shop, wishes):
    """Everybody presses at the same moment; returns what came of each."""
    start = Barrier(THREADS)

    def press(place: int):
        start.wait()
        outcomes = []
        for wish in wishes[place::THREADS]:
            try:
                outcomes.append(unit_of_work.run(partial(place_order, wish=wish, now=shop.now)))
            except ShopError as refused:
                outcomes.append(refused)
        return outcomes

    with ThreadPoolExecutor(THREADS) as threads:
        return [outcome for outcomes in threads.map(press, range(THREADS)) for outcome in outcomes]


def assert_fair_sale(engine, outcomes):
    refusals = Counter(type(outcome) for outcome in outcomes if isinstance(outcome, ShopError))
    assert refusals == {SoldOut: BUYERS - UNITS}
    with Session(engine) as session:
        left, held = session.execute(
            sa.select(sa.func.sum(Lot.available), sa.func.sum(Lot.held)).where(Lot.code.like("rare%"))
        ).one()
        promised = session.scalar(sa.select(sa.func.sum(Allocation.units)))
        orders = session.scalar(sa.select(sa.func.count()).select_from(Order))
    assert (left, held, promised, orders) == (0, UNITS, UNITS, UNITS)


def test_two_hundred_buyers_share_fifty_units(engine, unit_of_work, session, shop):
    outcomes = rush(unit_of_work, shop, wishes_of(session, shop, BUYERS))
    assert_fair_sale(engine, outcomes)


def test_without_the_lock_the_race_goes_wrong(engine, session, shop, monkeypatch):
    monkeypatch.setattr(checkout, "lock_offer", read_offer)
    without_lock = UnitOfWork(engine, {})
    without_lock._engine = engine.execution_options(**{WRITES: False})
    without_lock._turn = nullcontext()
    outcomes = rush(without_lock, shop, wishes_of(session, shop, BUYERS))
    with pytest.raises(AssertionError):
        assert_fair_sale(engine, outcomes)


def test_the_same_form_sent_twenty_times_at_once_is_one_order(engine, unit_of_work, session, shop):
    (wish,) = wishes_of(session, shop, 1)
    outcomes = rush(unit_of_work, shop, [wish] * THREADS)
    assert {outcome.number for outcome in outcomes} == {outcomes[0].number}
    assert sum(outcome.is_new for outcome in outcomes) == 1
    with Session(engine) as after:
        assert after.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
        assert after.scalar(sa.select(sa.func.sum(Lot.held))) == 1


def test_a_limit_holds_when_one_buyer_orders_in_many_tabs(engine, unit_of_work, session, shop):
    add_product(session, shop, "limited", price_fen=5_000, limit=3)
    add_lot(session, shop, "limited", "limited", "li", units=99)
    wishes = []
    for _ in range(THREADS):
        owner = a_guest()
        fill_basket(session, owner, {"limited": 1}, now=shop.now)
        wishes.append(a_wish(shop, owner))
    session.commit()
    outcomes = rush(unit_of_work, shop, wishes)
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 3


def test_few_unpaid_orders_are_open_when_one_account_orders_in_many_tabs(engine, unit_of_work, session, shop):
    """An account's orders take turns at its basket; a telephone's, at the lots that they share."""
    buyer = an_account(session, now=shop.now)
    fill_basket(session, buyer, {"tea": 1}, now=shop.now)
    session.commit()
    wishes = [a_wish(shop, buyer) for _ in range(THREADS)]
    outcomes = []
    for _ in range(MOST_UNPAID + 1):
        outcomes += rush(unit_of_work, shop, wishes)
        fill_basket(session, buyer, {"tea": 1}, now=shop.now)
        session.commit()
        wishes = [a_wish(shop, buyer) for _ in range(THREADS)]
    wishes = []
    for _ in range(THREADS):
        owner = a_guest()
        fill_basket(session, owner, {"rare": 1}, now=shop.now)
        wishes.append(a_wish(shop, owner))
    session.commit()
    outcomes += rush(unit_of_work, shop, wishes)
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 2 * MOST_UNPAID


def test_a_truck_is_never_overbooked(engine, unit_of_work, session, shop):
    session.execute(sa.text("UPDATE runs SET capacity_g = 700"))
    wishes = []
    for number in range(THREADS):
        owner = a_guest()
        fill_basket(session, owner, {"rare": 1}, now=shop.now)
        wishes.append(a_wish(shop, owner, recipient=somebody(number)))
    session.commit()
    outcomes = rush(unit_of_work, shop, wishes)
    assert sum(not isinstance(outcome, ShopError) for outcome in outcomes) == 7
    with Session(engine) as after:
        assert after.scalar(sa.text("SELECT booked_g FROM runs")) == 700
