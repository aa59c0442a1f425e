"""All the money goes back while a parcel is still out: the buyer gets the goods or the money, never both."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.fulfilment.collecting import Patience, due_for_collection
from shop.fulfilment.given_late import Outcome, note_given_late, settle_given_late, units_given_late
from shop.fulfilment.handover import find_pickups, hand_over
from shop.fulfilment.models import ParcelStatus, TakenOff
from shop.fulfilment.order_progress import order_progress
from shop.fulfilment.point_errors import OnlyToTakeOff, PaidBack, PaidBackTicked
from shop.fulfilment.reach import keeper
from shop.fulfilment.receipt import receive_order
from shop.fulfilment.uncollected import keep_until, take_off
from shop.fulfilment.uncollected_list import goods_to_settle, paid_back_parcels
from shop.inventory.errors import SoldAgain
from shop.inventory.models import Lot, ReturnWish
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.ordering.models import Order
from shop.ordering.recalls import RecallWords, recall_lot
from shop.payments.errors import RefundTooLarge
from shop.payments.goods_back import Goods, origins_of_order
from shop.payments.goods_later import CameBack, RefundNotOver, goods_came_later
from shop.payments.models import RefundBearer, RefundStatus
from shop.payments.providers.base import RefundState
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import ParcelsMoved
from shop.payments.whole_refunds import refund_in_full
from shop.web.admin.whole_refund import parcels_as_seen, seen_mark
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


def at_point(trade, goods):
    """Sold and standing at its point: the order, its parcel and its code."""
    order_id = trade.sell(goods)
    trade.ready(order_id)
    trade.ship(order_id)
    (parcel,) = trade.parcels(order_id)
    code = trade.run(lambda s: s.get_one(Order, order_id).pickup_code)
    return order_id, parcel.code, code


def counter(trade):
    return keeper(trade.admin_id, frozenset({trade.shop.point_id}))


def lots(s):
    return s.scalars(sa.select(Lot)).all()


def say(trade, order_id, wish):
    def work(s):
        origins = origins_of_order(s, order_id, now=trade.now)
        came = [
            CameBack(line, one.units, Goods(wish, one.lot_id)) for line, of in origins.items() for one in of
        ]
        how = {"reason": "came back", "actor_id": trade.admin_id, "kept": units_given_late}
        goods_came_later(s, order_id, came, now=trade.now, **how)

    trade.run(work)


@pytest.mark.parametrize("in_parts", [False, True])
def test_what_is_paid_back_in_full_opens_with_no_code_is_sent_back_and_its_goods_go_back_in_stock(
    trade, in_parts
):
    by = counter(trade)
    available = sum(lot.available for lot in trade.run(lots))
    order_id, parcel, code = at_point(trade, {"honey": 2})
    if in_parts:
        order = trade.run(lambda s: s.get_one(Order, order_id))
        trade.part_refund(order_id, "shop", units={"honey": 2}, send=False)
        if order.freight_fen:
            trade.part_refund(order_id, "shop", freight_fen=order.freight_fen, send=False)
    else:
        trade.ask_refund(order_id)
    with pytest.raises(PaidBack):
        trade.run(lambda s: find_pickups(s, code, by=by))
    for ticked in (None, [parcel]):
        with pytest.raises(PaidBackTicked):
            trade.run(
                lambda s, held=ticked: hand_over(
                    s, code, order_id=order_id, in_hand=held, by=by, now=trade.now
                )
            )
    later = trade.now + timedelta(days=20)
    assert trade.run(lambda s: due_for_collection(s, Patience(2, 2), now=later)) == []
    with pytest.raises(OnlyToTakeOff):
        trade.run(lambda s: keep_until(s, parcel, shanghai_date(trade.now), "comes", by=by, now=trade.now))
    assert [one.code for one in trade.run(lambda s: paid_back_parcels(s, by))] == [parcel]
    trade.run(lambda s: take_off(s, parcel, TakenOff.SENT_BACK, "班车带回", by=by, now=trade.now))
    with pytest.raises(RefundNotOver):
        say(trade, order_id, ReturnWish.RESTOCK)
    trade.send_refunds()
    assert [one.code for one in trade.run(lambda s: goods_to_settle(s, by))[0]] == [parcel]
    say(trade, order_id, ReturnWish.RESTOCK)
    assert trade.run(lambda s: goods_to_settle(s, by))[0] == []
    assert sum(lot.available for lot in trade.run(lots)) == available
    assert trade.run(lambda s: receive_order(s, order_id, now=trade.now))
    assert trade.violations() == []


def test_a_refund_that_failed_gives_the_parcel_back_to_its_code(trade):
    by = counter(trade)
    order_id, parcel, code = at_point(trade, {"tea": 1})
    refund_id = trade.ask_refund(order_id)
    state = RefundState(RefundStatus.FAILED, failure="closed account")
    trade.run(lambda s: apply_refund_state(s, refund_id, state, now=trade.now))
    given = trade.run(lambda s: hand_over(s, code, order_id=order_id, by=by, now=trade.now))
    assert given.codes == (parcel,)
    assert trade.violations() == []


def test_a_parcel_that_was_handed_over_between_look_and_press_is_not_paid_back(trade):
    """The look is compared behind the order's lock; pressed first, the refund refuses the counter (above)."""
    by = counter(trade)
    order_id, parcel, code = at_point(trade, {"honey": 1})
    looked = trade.run(lambda s: seen_mark(order_progress(s, order_id, by_truck=True)))
    assert parcel in looked
    trade.run(lambda s: hand_over(s, code, order_id=order_id, by=by, now=trade.now))

    def press(seen: str) -> int:
        ask = {"bearer": RefundBearer.SHOP, "reason": "late", "actor_id": trade.admin_id, "token": "press"}
        as_seen = parcels_as_seen(order_id, seen)
        return trade.run(lambda s: refund_in_full(s, order_id, **ask, now=trade.now, as_seen=as_seen))

    with pytest.raises(ParcelsMoved):
        press(looked)
    assert trade.order_row(order_id).money_back_at is None
    press(
        trade.run(lambda s: seen_mark(order_progress(s, order_id, by_truck=True)))
    )  # read again: it is known
    assert trade.order_row(order_id).money_back_at is not None


def given_out_too_late(trade):
    """Paid back in full, and given out by a counter that had not heard of it."""
    order_id, parcel, _ = at_point(trade, {"honey": 2})
    trade.refund(order_id)
    late = {"by": counter(trade), "made_at": trade.now, "now": trade.now}
    trade.run(lambda s: note_given_late(s, [parcel], **late))
    return order_id, parcel


def settle(trade, order_id, parcel, outcome):
    by = {"order_id": order_id, "actor_id": trade.admin_id}
    return trade.run(lambda s: settle_given_late(s, parcel, outcome, "rang up", now=trade.now, **by))


@pytest.mark.parametrize("outcome", [None, Outcome.WRITTEN_OFF, Outcome.PAYS_AGAIN])
def test_what_its_buyer_has_or_may_have_is_not_back_in_stock(trade, outcome):
    order_id, parcel = given_out_too_late(trade)
    if outcome is not None:
        settle(trade, order_id, parcel, outcome)
    with pytest.raises(RefundTooLarge):
        say(trade, order_id, ReturnWish.RESTOCK)


def test_what_was_not_given_out_after_all_can_be_back_in_stock(trade):
    order_id, parcel = given_out_too_late(trade)
    settle(trade, order_id, parcel, Outcome.NOT_GIVEN)
    say(trade, order_id, ReturnWish.RESTOCK)
    assert trade.violations() == []


def test_what_is_back_in_stock_its_buyer_does_not_have_until_it_is_written_off(trade):
    order_id, parcel, _ = at_point(trade, {"honey": 2})
    trade.refund(order_id)
    say(trade, order_id, ReturnWish.RESTOCK)
    late = {"by": counter(trade), "made_at": trade.now, "now": trade.now}
    trade.run(lambda s: note_given_late(s, [parcel], **late))
    for outcome in (Outcome.WRITTEN_OFF, Outcome.PAYS_AGAIN):
        with pytest.raises(InvalidInput):
            settle(trade, order_id, parcel, outcome)
    trade.write_off_instead(order_id)
    assert settle(trade, order_id, parcel, Outcome.WRITTEN_OFF)
    assert trade.violations() == []


def test_what_is_back_in_stock_of_a_lot_that_is_recalled_since_need_not_be_taken_off_sale_again(trade):
    order_id, parcel, _ = at_point(trade, {"honey": 2})
    trade.refund(order_id)
    say(trade, order_id, ReturnWish.RESTOCK)
    late = {"by": counter(trade), "made_at": trade.now, "now": trade.now}
    trade.run(lambda s: note_given_late(s, [parcel], **late))
    how = {"actor_id": trade.admin_id, "now": trade.now}
    lot_id = trade.shop.lots["honey-pool"]
    trade.run(lambda s: recall_lot(s, lot_id, RecallWords("检出超标"), **how))
    with pytest.raises(SoldAgain):
        trade.write_off_instead(order_id)
    with pytest.raises(InvalidInput):
        settle(trade, order_id, parcel, Outcome.PAYS_AGAIN)
    assert settle(trade, order_id, parcel, Outcome.HAS_IT)
    assert trade.parcels(order_id)[0].status is ParcelStatus.HANDED_OVER
    assert trade.violations() == []
