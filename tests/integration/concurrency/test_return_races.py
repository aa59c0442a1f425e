"""Several people say at once what became of the same goods: they move once.

Each race has a twin without the order's lock that must go red, or the race proves nothing.
"""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.inventory.models import Lot, ReturnedUnits, ReturnStatus, ReturnWish
from shop.kit.errors import ShopError
from shop.ordering.models import OrderLine
from shop.payments import refunds
from shop.payments.events import RefundSucceeded
from shop.payments.goods_back import Goods
from shop.payments.goods_returning import settle_goods, write_off_instead
from shop.payments.models import Refund, RefundBearer, RefundLine, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.providers.base import RefundState
from shop.payments.refund_limits import RefundedUnits
from shop.payments.refund_settling import apply_refund_state
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.trade import Trade, open_for_trade
from tests.factories.without_locks import goes_wrong, without_locks
from tests.integration.concurrency.test_payment_races import at_once, unreserved

UNITS, PRICE = 3, 4999


@pytest.fixture
def trade(session, unit_of_work):
    at_work = open_for_trade(session, unit_of_work)
    yield at_work
    assert at_work.violations() == []


@pytest.fixture
def reckless(trade):
    """A way to write with every lock switched off. What the books look like afterwards is not what a twin is about."""
    unlocked = without_locks(trade.unit_of_work)
    trade.violations = list
    return unlocked


@pytest.fixture
def goods_alone(reckless):
    """The same without books: their unique references are a further fence."""
    reckless._reactions = {RefundSucceeded: (settle_goods,)}
    return reckless


def sent_honey(trade: Trade) -> tuple[int, int]:
    """An order whose honey has left, and its line."""
    order_id = trade.sell({"honey": UNITS}, courier=True)
    trade.ship(order_id)
    line = sa.select(OrderLine.id).where(OrderLine.order_id == order_id)
    return order_id, trade.run(lambda session: session.scalars(line).one())


def back_in_stock(trade: Trade) -> tuple[int, int]:
    lot = trade.run(lambda session: session.get_one(Lot, trade.shop.lots["honey-pool"]))
    return lot.available, lot.shipped


def named_back(trade: Trade, order_id: int) -> int:
    """Units of an order that are said to have come back."""
    units = sa.select(sa.func.sum(ReturnedUnits.units)).join(
        RefundLine, RefundLine.id == ReturnedUnits.refund_line_id
    )
    of_order = units.join(Refund, Refund.id == RefundLine.refund_id).where(Refund.order_id == order_id)
    return trade.run(lambda session: session.scalar(of_order))


def all_come_back_once(trade: Trade, crowd: UnitOfWork) -> None:
    """Four admins, two of whom pressed twice, say that all of it is back in stock."""
    order_id, line_id = sent_honey(trade)
    available, shipped = back_in_stock(trade)
    goods = Goods(ReturnWish.RESTOCK, trade.shop.lots["honey-pool"])

    def ask(token):
        units = (RefundedUnits(line_id, UNITS, UNITS * PRICE, goods=goods),)
        part = PartRefund(RefundBearer.SHOP, "sent back", units)
        how = {"token": token, "actor_id": None, "now": trade.now}
        return crowd.run(partial(ask_part_refund, order_id=order_id, part=part, **how))

    results = at_once([partial(ask, f"{order_id}-{number // 2}") for number in range(6)])
    assert {type(one) for one in results if not isinstance(one, ShopError)} == {int}
    assert named_back(trade, order_id) == UNITS
    trade.send_refunds()
    assert back_in_stock(trade) == (available + UNITS, shipped - UNITS)
    assert trade.order_row(order_id).refunded_fen == UNITS * PRICE


@pytest.mark.race(twin="test_without_the_lock_the_same_goods_come_back_several_times")
def test_goods_that_several_people_put_back_at_once_are_back_once(trade):
    all_come_back_once(trade, trade.unit_of_work)


def test_without_the_lock_the_same_goods_come_back_several_times(trade, reckless, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(all_come_back_once, trade, reckless))


def said_twice_moves_once(trade: Trade, crowd: UnitOfWork) -> None:
    """Webhook, return page and worker hear at once that the money has gone back."""
    order_id, _ = sent_honey(trade)
    refund_id = trade.part_refund(order_id, "shop", units={"honey": UNITS}, goods="restock", send=False)
    before = back_in_stock(trade)
    done = RefundState(RefundStatus.SUCCEEDED)
    say = partial(apply_refund_state, refund_id=refund_id, state=done, now=trade.now)
    at_once([partial(crowd.run, say)] * 4)
    assert back_in_stock(trade) == (before[0] + UNITS, before[1] - UNITS)


@pytest.mark.race(fence="who says it writes the refund's row first, and then reads what is still expected")
def test_goods_move_once_however_many_say_that_the_money_is_back(trade):
    trade.violations = list  # the pretended provider was never asked
    said_twice_moves_once(trade, trade.unit_of_work)


def written_off_once(trade: Trade, crowd: UnitOfWork) -> None:
    order_id, _ = sent_honey(trade)
    trade.part_refund(order_id, "shop", units={"honey": UNITS}, goods="restock")
    newest = sa.select(ReturnedUnits.refund_line_id).order_by(ReturnedUnits.id.desc()).limit(1)
    line_id = trade.run(lambda session: session.scalar(newest))
    withdrawn = trade.run(lambda s: s.get_one(Lot, trade.shop.lots["honey-pool"]).withdrawn)
    by = {"reason": "mouldy", "actor_id": None, "now": trade.now}
    press = partial(write_off_instead, order_id=order_id, refund_line_id=line_id, **by)
    at_once([partial(crowd.run, press)] * 4)
    lot = trade.run(lambda s: s.get_one(Lot, trade.shop.lots["honey-pool"]))
    assert lot.withdrawn == withdrawn + UNITS
    statuses = trade.run(lambda s: s.scalars(sa.select(ReturnedUnits.status)).all())
    assert set(statuses) == {ReturnStatus.WRITTEN_OFF}


@pytest.mark.race(twin="test_without_the_lock_they_are_written_off_several_times")
def test_goods_that_four_people_write_off_at_once_are_written_off_once(trade):
    written_off_once(trade, trade.unit_of_work)


def test_without_the_lock_they_are_written_off_several_times(trade, goods_alone):
    assert goes_wrong(partial(written_off_once, trade, goods_alone))
