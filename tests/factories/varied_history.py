"""A history in which everything happens to somebody: made by rolling the same dice every time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Final

from shop.kit.errors import ShopError
from shop.payments.models import DisputeStatus, RefundBearer
from tests.factories.money_steps import (
    bring_receipts,
    dispute,
    pay_everybody,
    pay_late,
    pay_twice,
    pay_village,
    provider_passes_on,
    send_back_and_pay_again,
    take_movement_back_again,
)
from tests.factories.small_shop import add_lot
from tests.factories.trade import Trade

Step = Callable[[Trade, int], object]

LIVES: Final[tuple[tuple[Step, ...], ...]] = (
    (),
    (Trade.expire,),
    (Trade.pay,),
    (Trade.pay, Trade.call_off),
    (Trade.pay, Trade.ask_refund),
    (Trade.pay, Trade.decline, Trade.ship, Trade.close_waiting),
    (Trade.pay, Trade.deliver),
    (Trade.pay, Trade.deliver, Trade.refund),
    (Trade.pay, Trade.deliver, lambda trade, order_id: trade.refund(order_id, bearer=RefundBearer.HOUSEHOLD)),
    (
        Trade.pay,
        Trade.deliver,
        lambda trade, order_id: trade.part_refund(order_id, "household", free_fen=900),
    ),
    (
        Trade.pay,
        Trade.deliver,
        lambda trade, order_id: trade.part_refund(order_id, "village", units={"tea": 1}),
    ),
    (
        Trade.pay,
        Trade.deliver,
        lambda trade, order_id: trade.part_refund(order_id, "courier", freight_fen=100),
    ),
    (Trade.pay, lambda trade, order_id: dispute(trade, order_id, DisputeStatus.OPEN)),
    (Trade.pay, lambda trade, order_id: dispute(trade, order_id, DisputeStatus.WON)),
    (Trade.pay, Trade.deliver, lambda trade, order_id: dispute(trade, order_id, DisputeStatus.LOST)),
    (pay_twice, Trade.ship, lambda trade, _: bring_receipts(trade, 4200)),
    (pay_late, lambda trade, _: trade.send_refunds()),
)
OFFICE: Final[tuple[Step, ...]] = (
    lambda trade, _: trade.close(),
    lambda trade, _: pay_everybody(trade),
    lambda trade, _: send_back_and_pay_again(trade),
)
BANK: Final[tuple[Step, ...]] = (
    lambda trade, _: provider_passes_on(trade),
    lambda trade, _: pay_village(trade),
    lambda trade, _: take_movement_back_again(trade),
)


def live_through(trade: Trade, *, stories: int = 30, seed: int = 5) -> None:
    """Some weeks, over the end of a month: each story is one order's life, and now and then the office closes."""
    dice = Random(seed)
    trade.run(lambda session: _fill(session, trade))
    for number in range(stories):
        goods = {sku: dice.randint(1, 3) for sku in dice.sample(("tea", "eggs", "honey"), dice.randint(1, 2))}
        method = dice.choice(("sandbox", "sandbox", "bank_transfer"))
        order_id = trade.order(goods, courier=True, method=method)
        for step in LIVES[number % len(LIVES)]:
            _take(step, trade, order_id)
        if number % 6 == 5:
            _take(OFFICE[number // 6 % len(OFFICE)], trade, order_id)
        if number % 7 == 6:
            _take(BANK[number // 7 % len(BANK)], trade, order_id)
        trade.now += timedelta(hours=dice.randint(1, 20))


def _take(step: Step, trade: Trade, order_id: int) -> None:
    with suppress(ShopError, IndexError):  # it cannot be done at this moment
        step(trade, order_id)


def _fill(session, trade: Trade) -> None:
    for sku, producer in (("tea", "li"), ("tea", "wang"), ("eggs", "yu"), ("honey", "chen")):
        add_lot(session, trade.shop, f"{sku}-{producer}-more", sku, producer, units=90, days=400)
