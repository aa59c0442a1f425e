"""The race for the last units once more, through HTTP and several gunicorn workers, and without locks."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Lot
from shop.kit.clock import utc_now
from shop.ordering.models import Order
from tests.browser.live import running_shop
from tests.factories.http_buyer import HttpBuyer
from tests.factories.small_shop import add_lot, add_product, open_small_shop
from tests.factories.without_locks import drop_unique, without_locks

BUYERS, UNITS, PREPARING = 200, 50, 16

pytestmark = pytest.mark.slow


@pytest.fixture
def stocked(session, database_url) -> str:
    """The database, with fifty units of one good."""
    shop = open_small_shop(session, now=utc_now())
    add_product(session, shop, "rare", price_fen=5_000, gross_g=100)
    for name, units in (("li", 20), ("chen", 15), ("wang", 10), ("yu", 5)):
        add_lot(session, shop, f"rare-{name}", "rare", name, units=units)
    session.commit()
    session.close()
    return database_url


SERVED = {"workers": 2, "threads": 8, "seed": False}


@pytest.fixture
def live(stocked: str, tmp_path: Path):
    with running_shop(tmp_path, stocked, **SERVED) as running:
        yield running


@pytest.fixture
def unlocked(stocked: str, tmp_path: Path):
    """The same without any lock."""
    with running_shop(tmp_path, stocked, app="tests.unlocked_wsgi:app", **SERVED) as running:
        yield running


def ready_buyers(url: str, count: int, at_once: int = PREPARING) -> list[tuple[HttpBuyer, dict[str, str]]]:
    def prepare(_number: int):
        buyer = HttpBuyer(url)
        buyer.fill_basket("rare")
        return buyer, buyer.read_form()

    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(prepare, range(count)))


def all_at_once(pairs):
    start = Barrier(len(pairs))

    def press(pair):
        buyer, form = pair
        start.wait()
        return buyer.send_form(form)

    with ThreadPoolExecutor(len(pairs)) as threads:
        return list(threads.map(press, pairs))


def outcome(answer) -> str:
    """`to pay` with an order, or the status: the form once more, with what was typed, is 400."""
    return "to pay" if answer.status_code == 303 else str(answer.status_code)


def browsers_share_fifty_units(engine, ready):
    answers = all_at_once(ready)
    assert Counter(map(outcome, answers)) == Counter({"to pay": UNITS, "400": len(ready) - UNITS})
    with Session(engine) as session:
        orders = session.scalar(sa.select(sa.func.count()).select_from(Order))
        held, left = session.execute(
            sa.select(sa.func.sum(Lot.held), sa.func.sum(Lot.available)).where(Lot.code.like("rare%"))
        ).one()
    assert (orders, held, left) == (UNITS, UNITS, 0)


@pytest.mark.race(twin="test_without_the_lock_browsers_are_refused_while_units_are_left")
def test_two_hundred_browsers_share_fifty_units(live, engine):
    browsers_share_fifty_units(engine, ready_buyers(live.url, BUYERS))


def test_without_the_lock_browsers_are_refused_while_units_are_left(unlocked, engine):
    """A lot's condition still keeps it from being oversold; but not everybody gets one, though there is one for each."""
    ready = ready_buyers(unlocked.url, UNITS, at_once=1)
    with pytest.raises(AssertionError):
        browsers_share_fifty_units(engine, ready)


def twenty_clicks_make_one_order(engine, ready):
    answers = all_at_once(ready * 20)
    with Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert outcome(answers[0]) == "to pay"


@pytest.mark.race(twin="test_without_the_lock_and_the_unique_token_clicks_make_many_orders")
def test_one_form_sent_by_twenty_clicks_is_one_order(live, engine):
    twenty_clicks_make_one_order(engine, ready_buyers(live.url, 1))


def test_without_the_lock_and_the_unique_token_clicks_make_many_orders(unlocked, engine, unit_of_work):
    drop_unique(without_locks(unit_of_work), "orders", "uq_orders_checkout_token")
    ready = ready_buyers(unlocked.url, 1)
    with pytest.raises(AssertionError):
        twenty_clicks_make_one_order(engine, ready)
