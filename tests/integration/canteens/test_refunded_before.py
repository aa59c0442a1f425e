"""What was refunded before the goods were accepted: weights are settled from what stands, and nothing is credited twice."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.canteens.arriving import lines_by_weight
from shop.canteens.cases import most_for_unit, weighed_fen
from shop.canteens.errors import RefundedBefore, Reweighed
from shop.canteens.shortages import credit_short, dispute_short, short_canteens
from shop.canteens.team_settling import seen_of, settle_by_team
from shop.canteens.weighing import weighings_of
from shop.canteens.weight_models import Shortage, WeighingState
from shop.kit.errors import InvalidInput
from shop.ordering.models import Order
from shop.payments.models import Refund, RefundBearer
from tests.integration.canteens.test_weights import (
    EXPECTED,
    PRICE,
    UNITS,
    confirm,
    line_id,
    newest,
    ordered,
    owed,
    settle,
    write,
)
from tests.integration.concurrency.test_payment_races import at_once

TEA = 6_500
MOST = most_for_unit(PRICE, 20)


def count(kitchen, order, tea):
    write(kitchen, order, EXPECTED * UNITS, tea=tea)
    return confirm(kitchen, order)


def credit(kitchen, order, session, bearer="shop"):
    return credit_short(
        session, order.number, bearer=bearer, actor_id=kitchen.trade.admin_id, now=kitchen.now
    )


def by_team(kitchen, order, grams, named=0, reason="秤坏了，按送货单结算", seen=None):
    line = line_id(kitchen, order)
    known = kitchen.run(lambda s: seen_of(weighings_of(s, order.id)))
    return kitchen.run(
        lambda s: settle_by_team(
            s,
            order.number,
            {line: grams},
            {line: named},
            reason,
            seen=known if seen is None else seen,
            actor_id=kitchen.trade.admin_id,
            now=kitchen.now,
        )
    )


def test_a_refund_of_other_goods_does_not_stop_acceptance_by_weight(kitchen):
    order = ordered(kitchen)
    kitchen.trade.part_refund(order.id, "shop", units={"tea": 1})
    settle(kitchen, order, EXPECTED * UNITS)
    assert owed(kitchen) == [4 * TEA + PRICE * UNITS + order.freight_fen]


@pytest.mark.parametrize("bearer", ["shop", "household", "village"])
def test_units_that_were_refunded_are_neither_weighed_nor_owed(kitchen, bearer):
    order = ordered(kitchen)
    kitchen.trade.part_refund(order.id, bearer, units={"eggs": 1})
    [line] = kitchen.run(lambda s: lines_by_weight(s, order.id))
    assert line.ordered_g == EXPECTED * (UNITS - 1)
    grams = EXPECTED * (UNITS - 1) - 120
    settle(kitchen, order, grams)
    assert owed(kitchen) == [5 * TEA + weighed_fen(PRICE, EXPECTED, grams) + order.freight_fen]
    [row] = [one for one in newest(kitchen, order).lines if one.received_g is not None]
    assert (row.refunded, row.refunded_fen) == (1, MOST)


def test_a_correction_after_a_refund_goes_up_and_down_from_what_stands(kitchen):
    order = ordered(kitchen)
    settle(kitchen, order, EXPECTED * UNITS - 300)
    kitchen.trade.part_refund(order.id, "shop", units={"eggs": 1})
    for grams in (EXPECTED * (UNITS - 1) + 200, EXPECTED * (UNITS - 1) - 100):
        settle(kitchen, order, grams)
        assert owed(kitchen) == [5 * TEA + weighed_fen(PRICE, EXPECTED, grams) + order.freight_fen]


def test_nothing_that_came_is_accepted_with_a_word(kitchen):
    order = ordered(kitchen)
    with pytest.raises(InvalidInput):
        write(kitchen, order, 0)
    write(kitchen, order, 0, "整箱没有送到")
    confirm(kitchen, order)
    assert owed(kitchen) == [5 * TEA + order.freight_fen]


def test_an_amount_that_nothing_names_waits_for_the_team_which_settles_it_with_a_reason(kitchen):
    order = ordered(kitchen)
    kitchen.trade.part_refund(order.id, "shop", free_fen=2_000)
    write(kitchen, order, EXPECTED * UNITS)
    with pytest.raises(RefundedBefore):
        confirm(kitchen, order)
    with pytest.raises(InvalidInput):
        by_team(kitchen, order, EXPECTED * UNITS, named=2_001)
    with pytest.raises(InvalidInput):
        by_team(kitchen, order, EXPECTED * UNITS, reason=" ")
    assert by_team(kitchen, order, EXPECTED * UNITS, named=1_500) is True
    # Of the 20 yuan, 15 were for the eggs: they cost what they weigh, and the other 5 stay off.
    assert owed(kitchen) == [5 * TEA + PRICE * UNITS + order.freight_fen - 500]
    weighing = newest(kitchen, order)
    assert weighing.state is WeighingState.SETTLED
    assert weighing.reason
    assert (weighing.written_by_id, weighing.seconded_by_id) == (
        kitchen.canteen.buyer_id,
        kitchen.trade.admin_id,
    )


def test_the_team_settles_alone_once_and_not_by_what_was_written_anew(kitchen):
    order = ordered(kitchen)
    assert by_team(kitchen, order, EXPECTED * UNITS) is True
    assert by_team(kitchen, order, EXPECTED * UNITS, seen="") is False
    with pytest.raises(Reweighed):
        by_team(kitchen, order, EXPECTED * UNITS - 10, seen="")
    assert owed(kitchen) == [5 * TEA + PRICE * UNITS + order.freight_fen]


def test_goods_by_the_piece_that_are_missing_are_credited_once(kitchen):
    order = ordered(kitchen)
    count(kitchen, order, 3)
    assert [one[0] for one in kitchen.run(lambda s: short_canteens(s, most=5)).items] == [order.number]
    assert [kitchen.run(partial(credit, kitchen, order)) for _ in range(2)] == [True, False]
    assert owed(kitchen) == [3 * TEA + PRICE * UNITS + order.freight_fen]
    assert newest(kitchen, order).shortage is Shortage.CREDITED
    assert kitchen.run(lambda s: short_canteens(s, most=5)).total == 0


def test_what_was_refunded_before_or_meanwhile_is_not_credited_again(kitchen):
    order = ordered(kitchen)
    kitchen.trade.part_refund(order.id, "shop", units={"tea": 2})
    count(kitchen, order, 3)
    assert newest(kitchen, order).shortage is None
    count(kitchen, order, 1)
    assert newest(kitchen, order).shortage is Shortage.SHORT
    kitchen.trade.part_refund(order.id, "shop", units={"tea": 1})
    kitchen.run(partial(credit, kitchen, order))
    assert owed(kitchen) == [TEA + PRICE * UNITS + order.freight_fen]


def test_counted_anew_only_the_last_word_counts_and_the_shop_may_say_that_it_was_there(kitchen):
    order, admin = ordered(kitchen), kitchen.trade.admin_id
    count(kitchen, order, 4)
    count(kitchen, order, 5)
    assert kitchen.run(lambda s: short_canteens(s, most=5)).total == 0
    assert kitchen.run(partial(credit, kitchen, order)) is False
    count(kitchen, order, 4)
    assert kitchen.run(
        lambda s: dispute_short(s, order.number, "签收单上是五包", actor_id=admin, now=kitchen.now)
    )
    assert newest(kitchen, order).shortage is Shortage.DISPUTED
    assert owed(kitchen) == [5 * TEA + PRICE * UNITS + order.freight_fen]


@pytest.mark.race(fence="the order's lock")
def test_credited_by_several_at_once_it_is_credited_once(kitchen):
    order, work = ordered(kitchen), kitchen.trade.unit_of_work
    count(kitchen, order, 3)
    results = at_once([partial(work.run, partial(credit, kitchen, order))] * 6)
    assert sorted(map(str, results)) == ["False"] * 5 + ["True"]
    refunds = sa.select(Refund).where(Refund.bearer == RefundBearer.SHOP)
    assert [one.amount_fen for one in kitchen.run(lambda s: s.scalars(refunds).all())] == [2 * TEA]
    assert (
        kitchen.run(lambda s: s.get_one(Order, order.id)).refunded_fen == order.total_fen - owed(kitchen)[0]
    )
