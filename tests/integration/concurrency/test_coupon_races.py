"""Coupons under threads: no code, person or budget gives more than it says, whoever presses at once.

What holds are conditional updates, so the twin writes what it has read instead, without the conditions of the tables.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.check.coupons import RULES
from shop.kit.errors import ShopError
from shop.ordering.checkout import place_order
from shop.ordering.coupons import redeeming
from shop.ordering.coupons.entering import enter_code, remove_coupon
from shop.ordering.coupons.errors import CouponChanged
from shop.ordering.coupons.models import CouponCampaign, CouponCode, CouponCount, CouponUse
from shop.ordering.errors import EmptyBasket, PriceChanged
from shop.ordering.models import Order
from shop.ordering.quoting import quote_basket
from tests.factories.buying import a_wish, an_account, fill_basket, somebody
from tests.factories.coupons import a_basket_with, add_campaign, add_codes
from tests.factories.small_shop import add_lot, fill_shelves, open_small_shop
from tests.factories.without_locks import goes_wrong, without_locks

THREADS = 10


@pytest.fixture
def shop(session):
    shop = open_small_shop(session)
    add_lot(session, shop, "tea-more", "tea", "li", units=500)
    fill_shelves(session, shop)
    session.commit()
    return shop


def wishes_with(session, shop, count, code):
    """As many accounts, each with the same code in the basket, and a form that showed what it takes off."""
    owners = [a_basket_with(session, {"tea": 1}, code, now=shop.now) for _ in range(count)]
    seen = quote_basket(session, owners[0], [], now=shop.now).digest
    session.rollback()
    return [
        a_wish(shop, owner, courier=bool(number % 2), recipient=somebody(number), seen_goods=seen)
        for number, owner in enumerate(owners)
    ]


def all_at_once(count, press):
    """What came of each; refusals are counted by their class."""
    threads = min(count, THREADS)
    start = Barrier(threads)

    def run(place):
        start.wait()
        outcomes = []
        for number in range(place, count, threads):
            try:
                outcomes.append(press(number))
            except ShopError as refused:
                outcomes.append(refused)
        return outcomes

    with ThreadPoolExecutor(threads) as pool:
        return [one for outcomes in pool.map(run, range(threads)) for one in outcomes]


def order_all(unit_of_work, shop, wishes):
    return all_at_once(
        len(wishes),
        lambda number: unit_of_work.run(partial(place_order, wish=wishes[number], now=shop.now)),
    )


def uses(engine):
    with Session(engine) as session:
        return session.scalar(sa.select(sa.func.count(CouponUse.id)))


def broken_rules(engine, shop):
    with Session(engine) as session:
        return [one for rule in RULES for one in rule.violations(session, shop.now)]


def used_once(engine, unit_of_work, session, shop):
    """One code of one use, fifty buyers who hold it."""
    campaign_id = add_campaign(session, now=shop.now, word="", most_per_person=1)
    [code] = add_codes(session, campaign_id, 1, now=shop.now)
    outcomes = order_all(unit_of_work, shop, wishes_with(session, shop, 50, code))
    refused = [type(one) for one in outcomes if isinstance(one, ShopError)]
    assert (uses(engine), len(refused)) == (1, 49)
    assert set(refused) <= {CouponChanged, PriceChanged}
    assert broken_rules(engine, shop) == []


@pytest.mark.race(fence="the conditional update of the code, and its CHECK")
def test_of_a_word_with_a_limit_no_more_are_used(engine, unit_of_work, session, shop):
    add_campaign(session, now=shop.now, most_per_word=7)
    order_all(unit_of_work, shop, wishes_with(session, shop, 20, "WELCOME"))
    assert uses(engine) == 7
    assert broken_rules(engine, shop) == []


@pytest.mark.race(fence="the conditional update of the campaign, and its CHECK")
def test_a_budget_is_not_overspent(engine, unit_of_work, session, shop):
    add_campaign(session, now=shop.now, amount_fen=1_000, budget_fen=5_500)
    order_all(unit_of_work, shop, wishes_with(session, shop, 20, "WELCOME"))
    campaign = session.scalars(sa.select(CouponCampaign).execution_options(populate_existing=True)).one()
    assert (uses(engine), campaign.spent_fen) == (5, 5_000)
    assert broken_rules(engine, shop) == []


@pytest.mark.race(fence="the conditional upsert of the person's count")
def test_one_person_in_many_tabs_uses_a_coupon_as_often_as_one_may(engine, unit_of_work, session, shop):
    add_campaign(session, now=shop.now, most_per_person=2)
    owner = an_account(session, now=shop.now)
    session.commit()

    def one_tab(number):
        def shopping(session):
            fill_basket(session, owner, {"tea": 1}, now=shop.now)
            enter_code(session, owner, "welcome", now=shop.now)
            return place_order(session, a_wish(shop, owner, payment_method="sandbox"), now=shop.now)

        return unit_of_work.run(shopping)

    all_at_once(12, one_tab)
    counted = session.scalars(sa.select(CouponCount.uses)).all()
    assert (uses(engine), list(counted)) == (2, [2])
    assert broken_rules(engine, shop) == []


@pytest.mark.race(fence="the unique token of the form")
def test_the_same_form_sent_twenty_times_uses_the_coupon_once(engine, unit_of_work, session, shop):
    add_campaign(session, now=shop.now, most_per_person=5)
    [wish] = wishes_with(session, shop, 1, "WELCOME")
    outcomes = order_all(unit_of_work, shop, [wish] * 20)
    assert len({one.number for one in outcomes}) == 1
    assert uses(engine) == 1
    assert broken_rules(engine, shop) == []


@pytest.mark.race(fence="the unique token of the form, and one use for an order")
def test_taken_out_and_put_in_again_while_it_is_ordered_it_is_used_once_at_most(
    engine, unit_of_work, session, shop
):
    add_campaign(session, now=shop.now)
    [wish] = wishes_with(session, shop, 1, "WELCOME")

    def press(number):
        step = number % 3
        if step == 0:
            return unit_of_work.run(partial(place_order, wish=wish, now=shop.now))
        if step == 1:
            work = partial(remove_coupon, owner=wish.owner, of_freight=False, now=shop.now)
            return unit_of_work.run(work)
        return unit_of_work.run(
            lambda session: enter_code(session, wish.owner, "WELCOME", now=shop.now).off_fen
        )

    outcomes = all_at_once(18, press)
    # Out of the basket at that moment, the price that was seen is not the price any more: it is said, and nothing ordered.
    assert {type(one) for one in outcomes if isinstance(one, ShopError)} <= {EmptyBasket, CouponChanged}
    with Session(engine) as own:
        taken_off = list(own.scalars(sa.select(Order.discount_fen)))
    assert taken_off in ([], [1_000])
    assert uses(engine) == len(taken_off)
    assert broken_rules(engine, shop) == []


def read_and_write(session, campaign_id, code_id, user_id, off_fen, now, *, in_time):
    """As it must not be: the counts are read, and what follows from them is written."""
    code = sa.select(CouponCode.used_count, CouponCode.most_uses).where(CouponCode.id == code_id)
    used, most = session.execute(code).one()
    if used >= most:
        return False
    counted = sa.update(CouponCode).where(CouponCode.id == code_id).values(used_count=used + 1)
    session.execute(counted, execution_options={"synchronize_session": False})
    return True


def taken_once(unit_of_work, session, shop, count):
    """The counting alone, without all that makes orders take turns before."""
    campaign_id = add_campaign(session, now=shop.now, word="")
    add_codes(session, campaign_id, 1, now=shop.now)
    code_id = session.scalar(sa.select(sa.func.max(CouponCode.id)))
    owners = [an_account(session, now=shop.now).user_id for _ in range(THREADS)]
    session.commit()

    def take(number):
        about = (campaign_id, code_id, owners[number], 1_000, shop.now)
        return unit_of_work.run(lambda session: count(session, *about, in_time=True))

    assert all_at_once(THREADS, take).count(True) == 1


@pytest.mark.race(twin="test_a_count_that_is_read_and_written_lets_a_code_be_used_twice")
def test_a_code_of_one_use_is_used_once_when_fifty_press(engine, unit_of_work, session, shop):
    taken_once(unit_of_work, session, shop, redeeming._count)
    session.execute(sa.delete(CouponCount))
    session.execute(sa.update(CouponCode).values(used_count=0))
    session.execute(sa.update(CouponCampaign).values(used_count=0, spent_fen=0))
    session.commit()
    used_once(engine, unit_of_work, session, shop)


def test_a_count_that_is_read_and_written_lets_a_code_be_used_twice(unit_of_work, session, shop):
    unlocked = without_locks(unit_of_work)
    assert goes_wrong(lambda: taken_once(unlocked, session, shop, read_and_write))
