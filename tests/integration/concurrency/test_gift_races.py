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
from shop.payments.joint.awaited import read_joint
from shop.payments.joint.matching import say_it_came
from shop.payments.joint.models import JointState
from shop.payments.joint.settling import settle_joint_transfers
from shop.payments.statements.models import BankMatch
from tests.factories.gifts import a_gift, a_list, receipt, say, submit, the_joint, total_of
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


def two_receipts_for_one_transfer(trade: Trade, unit_of_work) -> None:
    """Two people of finance each put another receipt of the whole sum to the gift's transfer."""
    gift_id = a_gift(trade, {"tea": 1}, name=f"预付 {trade.now}")
    a_list(trade, gift_id)
    submit(trade, gift_id, hold_days=5)
    place_gift(trade.unit_of_work, gift_id, now=trade.now)
    joint = the_joint(trade, gift_id)
    amount = trade.run(lambda session: read_joint(session, joint.id)).amount_fen
    lines = [receipt(trade, amount, joint.reference), receipt(trade, amount, joint.reference)]
    says = [
        partial(say_it_came, joint_id=joint.id, line_ids=[line], actor_id=trade.admin_id, now=trade.now)
        for line in lines
    ]
    said = at_once([partial(unit_of_work.run, one) for one in says])
    assert [one for one in said if not isinstance(one, ShopError)] == [JointState.SETTLING]
    matched = sa.select(sa.cast(sa.func.sum(BankMatch.amount_fen), sa.BigInteger)).where(
        BankMatch.line_id.in_(lines)
    )
    assert trade.run(lambda session: session.scalar(matched)) == amount


@pytest.mark.race(twin="test_without_the_lock_two_receipts_pay_one_transfer")
def test_two_receipts_that_are_put_to_a_gifts_transfer_at_once_pay_it_once(trade):
    two_receipts_for_one_transfer(trade, trade.unit_of_work)
    assert trade.violations() == []


def test_without_the_lock_two_receipts_pay_one_transfer(trade):
    assert goes_wrong(partial(two_receipts_for_one_transfer, trade, without_locks(trade.unit_of_work)))


@pytest.mark.race(fence="the lock of each order, and its payment that is paid once")
def test_several_workers_confirm_each_order_of_a_transfer_once(trade):
    gift_id = a_gift(trade, {"tea": 1})
    a_list(trade, gift_id)
    submit(trade, gift_id, hold_days=5)
    place_gift(trade.unit_of_work, gift_id, now=trade.now)
    joint = the_joint(trade, gift_id)
    amount = trade.run(lambda session: read_joint(session, joint.id)).amount_fen
    say(trade, joint.id, [receipt(trade, amount, joint.reference)])
    turn = partial(settle_joint_transfers, trade.unit_of_work, now=trade.now)
    assert sum(at_once([turn] * 3)) == 3
    assert the_joint(trade, gift_id).state is JointState.SETTLED
    assert trade.violations() == []
