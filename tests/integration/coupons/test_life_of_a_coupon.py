"""A coupon from the basket to the books: what it takes off, who bears it, and what goes back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.checkout import place_order
from shop.ordering.coupons.campaigns import pause_campaign
from shop.ordering.coupons.errors import CouponChanged
from shop.ordering.coupons.models import (
    CouponBearer,
    CouponCampaign,
    CouponCode,
    CouponCount,
    CouponKind,
    CouponUse,
    UseState,
)
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.quoting import quote_basket
from shop.payments.models import Refund
from shop.payments.refund_limits import left_to_refund
from tests.factories.buying import a_wish
from tests.factories.coupons import a_basket_with, add_campaign, add_codes
from tests.factories.trade import open_for_trade


@pytest.fixture
def trade(session, unit_of_work):
    return open_for_trade(session, unit_of_work)


def order_with(trade, goods, *codes, courier=False, owner=None):
    """Placed with these codes, and its attempt to pay begun."""

    def place(session):
        by = a_basket_with(session, goods, *codes, now=trade.now, owner=owner)
        return place_order(session, a_wish(trade.shop, by, courier=courier), now=trade.now).order_id

    order_id = trade.run(place)
    trade.attempt(order_id)
    return order_id


def row(trade, entity, **by):
    return trade.run(lambda session: session.scalars(sa.select(entity).filter_by(**by)).one())


def booked(trade, order_id, account):
    fen = (
        sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0))
        .join(JournalEntry)
        .where(JournalEntry.order_id == order_id, Posting.account == account)
    )
    return int(trade.run(lambda session: session.scalar(fen)))


def assert_nothing_is_wrong(trade):
    assert trade.violations() == []


def test_an_order_costs_less_by_its_coupon_and_its_lines_say_how_much(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now))
    order = row(trade, Order, id=order_with(trade, {"tea": 2, "eggs": 1}, "welcome"))
    assert (order.goods_fen, order.discount_fen, order.total_fen) == (19500, 1000, 18500)
    lines = trade.run(lambda session: session.scalars(sa.select(OrderLine).order_by(OrderLine.id)).all())
    assert [line.discount_fen for line in lines] == [697, 303]
    assert_nothing_is_wrong(trade)


def test_households_earn_the_full_price_and_the_bearer_gives_the_rest(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now, amount_fen=2_001))
    without = trade.sell({"tea": 2})
    order_id = order_with(trade, {"tea": 2}, "WELCOME")
    trade.pay(order_id)
    assert booked(trade, order_id, Account.HOUSEHOLD_PAYABLE) == booked(
        trade, without, Account.HOUSEHOLD_PAYABLE
    )
    assert booked(trade, order_id, Account.COUPONS_BORNE) == 2_001
    assert row(trade, CouponUse).state is UseState.USED
    assert_nothing_is_wrong(trade)


def test_a_fund_bears_its_own_campaign(trade):
    fund = {"bearer": CouponBearer.FUND, "fund_name": "校工会"}
    trade.run(lambda session: add_campaign(session, now=trade.now, **fund))
    order_id = order_with(trade, {"tea": 1}, "WELCOME")
    trade.pay(order_id)
    assert (booked(trade, order_id, Account.COUPON_FUND), booked(trade, order_id, Account.COUPONS_BORNE)) == (
        1_000,
        0,
    )


def test_a_coupon_off_freight_takes_nothing_off_at_the_pickup_point(trade):
    trade.run(
        lambda session: add_campaign(
            session, now=trade.now, kind=CouponKind.FREIGHT, amount_fen=None, word="FREESHIP"
        )
    )
    sent = row(trade, Order, id=order_with(trade, {"tea": 1}, "freeship", courier=True))
    assert (sent.freight_off_fen, sent.total_fen) == (sent.freight_fen, 6800)
    collected = row(trade, Order, id=order_with(trade, {"tea": 1}, "freeship"))
    assert (collected.freight_off_fen, collected.total_fen) == (0, 6800)
    trade.pay(sent.id)
    assert_nothing_is_wrong(trade)


def test_two_coupons_stand_together_only_where_the_campaign_says_so(trade):
    def three(session):
        add_campaign(session, now=trade.now, with_freight=True, word="BOTH")
        add_campaign(session, now=trade.now, word="ALONE")
        add_campaign(session, now=trade.now, kind=CouponKind.FREIGHT, amount_fen=None, word="FREESHIP")

    trade.run(three)
    both = row(trade, Order, id=order_with(trade, {"tea": 1}, "BOTH", "FREESHIP", courier=True))
    assert (both.discount_fen, both.freight_off_fen) == (1000, both.freight_fen)
    last = row(trade, Order, id=order_with(trade, {"tea": 1}, "ALONE", "FREESHIP", courier=True))
    assert (last.discount_fen, last.freight_off_fen) == (0, last.freight_fen)
    trade.pay(both.id)
    assert_nothing_is_wrong(trade)


def test_something_always_stays_to_pay(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now, amount_fen=50_000))
    order = row(trade, Order, id=order_with(trade, {"tea": 1}, "WELCOME"))
    assert (order.discount_fen, order.total_fen) == (6799, 1)
    trade.pay(order.id)
    assert_nothing_is_wrong(trade)


def test_an_order_that_nobody_pays_gives_its_coupon_back(trade):
    campaign_id = trade.run(lambda session: add_campaign(session, now=trade.now, word=""))
    [code] = trade.run(lambda session: add_codes(session, campaign_id, 1, now=trade.now))
    trade.expire(order_with(trade, {"tea": 1}, code))
    campaign = row(trade, CouponCampaign, id=campaign_id)
    assert (campaign.used_count, campaign.spent_fen, row(trade, CouponCode).used_count) == (0, 0, 0)
    again = row(trade, Order, id=order_with(trade, {"tea": 1}, code.lower()))
    assert again.discount_fen == 1000
    assert_nothing_is_wrong(trade)


def test_a_paid_order_called_off_as_a_whole_gives_its_coupon_back(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now))
    order_id = order_with(trade, {"tea": 2}, "WELCOME")
    trade.pay(order_id)
    trade.call_off(order_id)
    assert row(trade, Refund).amount_fen == 12_600
    assert booked(trade, order_id, Account.COUPONS_BORNE) == 0
    assert (row(trade, CouponUse).state, row(trade, CouponCount).uses) == (UseState.RELEASED, 0)
    assert_nothing_is_wrong(trade)


def test_money_that_comes_late_takes_the_coupon_again_while_it_is_there(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now, most_uses=1))
    order_id = order_with_transfer(trade)
    give_up(trade, order_id)
    trade.transfer(payment_of(trade, order_id), row(trade, Order, id=order_id).total_fen)
    assert row(trade, Order, id=order_id).status is OrderStatus.CONFIRMED
    assert row(trade, CouponUse).state is UseState.USED
    assert_nothing_is_wrong(trade)


def test_money_that_comes_late_goes_back_when_somebody_else_has_the_coupon(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now, most_uses=1))
    order_id = order_with_transfer(trade)
    give_up(trade, order_id)
    other = order_with(trade, {"tea": 1}, "WELCOME", courier=True)
    trade.transfer(payment_of(trade, order_id), row(trade, Order, id=order_id).total_fen)
    assert row(trade, Order, id=order_id).status is OrderStatus.CANCELLED
    assert row(trade, CouponUse, order_id=other).state is UseState.RESERVED
    assert row(trade, CouponCampaign).used_count == 1
    assert_nothing_is_wrong(trade)


def order_with_transfer(trade):
    def place(session):
        by = a_basket_with(session, {"tea": 1}, "WELCOME", now=trade.now)
        wish = a_wish(trade.shop, by, courier=True, payment_method="bank_transfer")
        return place_order(session, wish, now=trade.now).order_id

    order_id = trade.run(place)
    trade.attempt(order_id)
    return order_id


def payment_of(trade, order_id):
    return trade.payments(order_id)[0].id


def give_up(trade, order_id):
    trade.expire(order_id)
    assert row(trade, Order, id=order_id).status is OrderStatus.CANCELLED


@pytest.mark.parametrize("goods", ["", "restock", "write_off"])
def test_units_that_go_back_one_by_one_bring_back_what_was_paid_for_them(trade, goods):
    trade.run(lambda session: add_campaign(session, now=trade.now, amount_fen=1_000))
    order_id = order_with(trade, {"tea": 3}, "WELCOME")
    trade.pay(order_id)
    trade.deliver(order_id)
    back = []
    for _ in range(3):
        trade.part_refund(order_id, "shop", units={"tea": 1}, goods=goods)
        back.append(row(trade, Order, id=order_id).refunded_fen)
    assert back[-1] == 20_400 - 1_000 == row(trade, Order, id=order_id).total_fen
    assert trade.run(lambda session: left_to_refund(session, order_id)).fen == 0
    if goods == "restock":
        assert booked(trade, order_id, Account.COUPONS_BORNE) == 0
        assert booked(trade, order_id, Account.REFUNDS_BORNE) == 0
    assert_nothing_is_wrong(trade)


def test_units_that_nobody_has_bring_back_what_was_paid_for_them(trade):
    third = {"kind": CouponKind.PERCENT, "amount_fen": None, "percent": 33, "most_fen": 9_999}
    trade.run(lambda session: add_campaign(session, now=trade.now, **third))
    order_id = order_with(trade, {"tea": 1, "eggs": 3}, "WELCOME")
    trade.pay(order_id)
    trade.decline_by(order_id, "yu")
    trade.close_waiting(order_id)
    order = row(trade, Order, id=order_id)
    eggs = row(trade, OrderLine, sku="eggs")
    assert order.refunded_fen == eggs.paid_fen
    assert booked(trade, order_id, Account.COUPONS_BORNE) == row(trade, OrderLine, sku="tea").discount_fen
    assert_nothing_is_wrong(trade)


def test_a_gift_box_is_refunded_at_what_was_paid_for_it(trade):
    trade.run(lambda session: add_campaign(session, now=trade.now, amount_fen=3_333))
    order_id = order_with(trade, {"box": 2}, "WELCOME")
    trade.pay(order_id)
    trade.deliver(order_id)
    for _ in range(2):
        trade.part_refund(order_id, "household", units={"box": 1})
    assert row(trade, Order, id=order_id).refunded_fen == 2 * 17_777 - 3_333
    assert_nothing_is_wrong(trade)


def test_a_campaign_that_was_paused_between_page_and_button_is_shown_again(trade):
    campaign_id = trade.run(lambda session: add_campaign(session, now=trade.now))

    def pause_and_buy(session):
        by = a_basket_with(session, {"tea": 1}, "WELCOME", now=trade.now)
        quote = quote_basket(session, by, [], now=trade.now)
        pause_campaign(session, campaign_id, "a mistake", actor_id=trade.admin_id, now=trade.now)
        wish = a_wish(trade.shop, by, seen_goods=quote.digest, seen_total=quote.to_pay(0))
        return place_order(session, wish, now=trade.now)

    with pytest.raises(CouponChanged):
        trade.run(pause_and_buy)
    assert trade.run(lambda session: session.scalar(sa.select(sa.func.count(Order.id)))) == 0
