"""Two phones at one counter: the last goods are sold once, and no sale is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from shop.check.all_rules import find_violations
from shop.kit.clock import utc_now
from shop.kit.references import secret_token
from shop.ledger.cash_box.reading import cash_expected
from shop.ordering.direct.wish import Item
from shop.ordering.models import Order
from shop.ordering.outside.models import OutsideOrder, OutsideSource, PaidHow, SourceKind
from shop.ordering.shelves.bringing import Brought, bring
from shop.ordering.shelves.errors import ShelfShort
from shop.ordering.shelves.models import Shelf, ShelfStock
from shop.payments.counter.selling import Sale, sell
from shop.payments.counter.undoing import undo_sale
from tests.factories.small_shop import open_small_shop

PRESSES = 8
LEFT = 5


@pytest.fixture
def shop(session, unit_of_work):
    shop = open_small_shop(session, now=utc_now())
    source = OutsideSource(
        slug="shelf", kind=SourceKind.SHELF, name_zh="货架", name_en="Shelf", collector="李同学"
    )
    session.add(source)
    session.flush()
    shelf = Shelf(source_id=source.id, pickup_point_id=shop.point_id, opened_at=shop.now)
    session.add(shelf)
    session.commit()
    shop.shelf_id = shelf.id
    said = Brought(shop.variants["tea"], LEFT, secret_token())
    unit_of_work.run(lambda one: bring(one, shelf.id, said, actor_id=None, now=shop.now))
    return shop


def _sale(shop, units, token):
    items = (Item(shop.variants["tea"], units),)
    return Sale(shop.shelf_id, items, PaidHow.CASH, units * 6_800, token)


def _sell(unit_of_work, shop, units, token):
    return unit_of_work.run(
        lambda session: sell(
            session, _sale(shop, units, token), point_ids={shop.point_id}, actor_id=None, now=shop.now
        )
    )


@pytest.mark.race(fence="a shelf never has fewer than no units, by its table's own condition")
def test_the_last_goods_of_a_shelf_are_sold_once_by_many_phones(unit_of_work, session, shop):
    start = Barrier(PRESSES)

    def press(_number):
        start.wait()
        try:
            return _sell(unit_of_work, shop, 1, secret_token()).receipt
        except ShelfShort:
            return None

    with ThreadPoolExecutor(PRESSES) as pool:
        receipts = [one for one in pool.map(press, range(PRESSES)) if one]
    assert len(set(receipts)) == len(receipts) == LEFT
    assert session.scalar(sa.select(ShelfStock.units)) == 0
    assert cash_expected(session, shop.shelf_id) == LEFT * 6_800
    assert not list(find_violations(session, now=shop.now))


@pytest.mark.race(fence="an order has one checkout token, by its table's own condition")
def test_one_form_sent_by_many_at_once_is_one_sale(unit_of_work, session, shop):
    start, token = Barrier(PRESSES), secret_token()

    def press(_number):
        start.wait()
        return _sell(unit_of_work, shop, 2, token).order_number

    with ThreadPoolExecutor(PRESSES) as pool:
        assert len(set(pool.map(press, range(PRESSES)))) == 1
    assert session.scalar(sa.select(sa.func.count(OutsideOrder.order_id))) == 1
    assert session.scalar(sa.select(ShelfStock.units)) == LEFT - 2


@pytest.mark.race(fence="no more goes back than came in, by the payment's own condition")
def test_a_sale_undone_by_many_at_once_goes_back_once(unit_of_work, session, shop):
    number, start = _sell(unit_of_work, shop, 3, secret_token()).order_number, Barrier(PRESSES)

    def press(_number):
        start.wait()
        return unit_of_work.run(
            lambda one: undo_sale(one, number, "错", point_ids={shop.point_id}, actor_id=None, now=shop.now)
        )

    with ThreadPoolExecutor(PRESSES) as pool:
        assert sum(pool.map(press, range(PRESSES))) == 1
    assert session.scalar(sa.select(ShelfStock.units)) == LEFT
    assert session.scalar(sa.select(Order.refunded_fen)) == 3 * 6_800
    assert not list(find_violations(session, now=shop.now))
