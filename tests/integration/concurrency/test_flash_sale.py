"""The race for the last units once more, through HTTP and several gunicorn workers."""

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

BUYERS, UNITS, PREPARING = 200, 50, 16

pytestmark = pytest.mark.slow


@pytest.fixture
def live(session, database_url, tmp_path: Path):
    shop = open_small_shop(session, now=utc_now())
    add_product(session, shop, "rare", price_fen=5_000, gross_g=100)
    for name, units in (("li", 20), ("chen", 15), ("wang", 10), ("yu", 5)):
        add_lot(session, shop, f"rare-{name}", "rare", name, units=units)
    session.commit()
    session.close()
    with running_shop(tmp_path, database_url, workers=2, threads=8, seed=False) as running:
        yield running


def ready_buyers(url: str, count: int) -> list[tuple[HttpBuyer, dict[str, str]]]:
    def prepare(_number: int):
        buyer = HttpBuyer(url)
        buyer.fill_basket("rare")
        return buyer, buyer.read_form()

    with ThreadPoolExecutor(PREPARING) as threads:
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


def test_two_hundred_browsers_share_fifty_units(live, engine):
    answers = all_at_once(ready_buyers(live.url, BUYERS))
    assert Counter(map(outcome, answers)) == {"to pay": UNITS, "400": BUYERS - UNITS}
    with Session(engine) as session:
        orders = session.scalar(sa.select(sa.func.count()).select_from(Order))
        held, left = session.execute(
            sa.select(sa.func.sum(Lot.held), sa.func.sum(Lot.available)).where(Lot.code.like("rare%"))
        ).one()
    assert (orders, held, left) == (UNITS, UNITS, 0)


def test_one_form_sent_by_twenty_clicks_is_one_order(live, engine):
    ((buyer, form),) = ready_buyers(live.url, 1)
    answers = all_at_once([(buyer, form)] * 20)
    assert {answer.headers["Location"] for answer in answers} == {answers[0].headers["Location"]}
    assert outcome(answers[0]) == "to pay"
    with Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Order)) == 1
