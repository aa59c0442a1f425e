"""A gift's button pressed by several at once, and several workers at one gift: each recipient gets one order.

The button has a twin without the lock of the gift, which counts everybody more than once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from shop.gifts.placing import place_gift
from shop.gifts.submitting import submit_gift
from shop.kit.errors import ShopError
from shop.ordering.models import Order
from tests.factories.gifts import a_gift, a_list, submit, total_of
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks


@pytest.fixture
def trade(session, unit_of_work) -> Trade:
    return open_for_trade(session, unit_of_work)


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    start = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return work()
        except ShopError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def three_press_at_once(trade: Trade, unit_of_work) -> None:
    gift_id = a_gift(trade, name=f"礼品 {trade.now}")
    a_list(trade, gift_id)
    seen = total_of(trade, gift_id)
    press = partial(submit_gift, gift_id=gift_id, seen_total_fen=seen, actor_id=trade.union_id, now=trade.now)
    queued = at_once([partial(unit_of_work.run, press)] * 3)
    assert sorted(one for one in queued if isinstance(one, int)) == [0, 0, 3]


@pytest.mark.race(twin="test_without_the_lock_recipients_are_queued_more_than_once")
def test_three_who_press_at_once_queue_everybody_once(trade):
    three_press_at_once(trade, trade.unit_of_work)


def test_without_the_lock_recipients_are_queued_more_than_once(trade):
    assert goes_wrong(partial(three_press_at_once, trade, without_locks(trade.unit_of_work)))


@pytest.mark.race(fence="the lock of the gift, and the unique token of each recipient's order")
def test_three_workers_at_one_gift_place_each_order_once(trade):
    gift_id = a_gift(trade)
    a_list(trade, gift_id)
    total_fen = total_of(trade, gift_id)
    submit(trade, gift_id)
    accepted = at_once([partial(place_gift, trade.unit_of_work, gift_id, now=trade.now)] * 3)
    orders = trade.run(lambda session: session.scalars(sa.select(Order.total_fen)).all())
    assert (sum(accepted), len(orders), sum(orders)) == (3, 3, total_fen)
    assert trade.violations() == []
