"""A quotation whose order was called off is accepted again while it is valid, or offered anew; one order stands at most."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.kit.price_tiers import Tier
from shop.ordering.models import Order, OrderStatus
from shop.ordering.wish import Courier
from shop.payments.models import PaymentStatus
from shop.quotations.accepting import Accepted, Answer, accept_version
from shop.quotations.errors import CalledOffMeanwhile, QuotationExpired
from shop.quotations.models import QuotationState
from shop.quotations.reading import find_quotations, read_quotation
from shop.quotations.requesting import ask_change, withdraw
from shop.quotations.version_wish import LineWish
from tests.factories.quotations import a_quotation, send_offer
from tests.integration.concurrency.test_payment_races import at_once


def quoted(desk):
    admin = desk.trade.admin_id
    return desk.run(lambda s: a_quotation(s, desk.shop, desk.buyer, actor_id=admin, now=desk.now))


def accept(desk, number, *, after="", version=1, by=None, now=None):
    answer = Answer(number, version, "bank_transfer", after=after)
    return desk.run(lambda s: accept_version(s, by or desk.buyer, answer, now=now or desk.now))


def by_courier(desk):
    """Tea alone, which no truck takes and no week spoils; its newest version is the second one."""
    number, admin = quoted(desk), desk.trade.admin_id
    way = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号")
    tea = LineWish(desk.shop.variants["tea"], 8, (Tier(1, 6_500), Tier(5, 6_000)))
    offer = {"lines": (tea,), "delivery": way, "valid_until": shanghai_date(desk.now) + timedelta(days=90)}
    desk.run(lambda s: send_offer(s, desk.shop, number, actor_id=admin, now=desk.now, **offer))
    return number


def lapsed(desk, number, *, after=""):
    """Accepted, and its transfer did not come in time: the order and its attempt to pay."""
    accepted = accept(desk, number, after=after, version=2)
    payment = desk.trade.attempt(accepted.order_id)
    desk.trade.expire(accepted.order_id)
    return accepted, payment


def called_off(desk, number):
    first = accept(desk, number)
    desk.trade.cancel(first.order_id)
    return first


def standing(desk):
    alive = sa.select(sa.func.count(Order.id)).where(Order.status != OrderStatus.CANCELLED)
    return desk.run(lambda s: s.scalar(alive))


def shown(desk, number):
    [row] = desk.run(lambda s: find_quotations(s, text=number)).items
    return row.shown_state(desk.now)


def test_called_off_before_its_payment_it_waits_for_an_answer_and_is_accepted_again(desk):
    number = quoted(desk)
    first = called_off(desk, number)
    assert shown(desk, number) == "quoted"
    with pytest.raises(CalledOffMeanwhile):
        accept(desk, number)
    second = accept(desk, number, after=first.order_number)
    assert second.is_new
    assert second.order_id != first.order_id
    again = accept(desk, number, after=first.order_number)
    assert (again.order_id, again.is_new) == (second.order_id, False)
    assert (standing(desk), shown(desk, number)) == (1, "accepted")


def test_what_lapsed_unpaid_is_accepted_a_third_time(desk):
    number = by_courier(desk)
    first, _ = lapsed(desk, number)
    second, _ = lapsed(desk, number, after=first.order_number)
    third = accept(desk, number, after=second.order_number, version=2)
    assert third.is_new
    assert standing(desk) == 1


def test_past_its_last_day_it_is_not_accepted_again_but_offered_anew(desk):
    number = quoted(desk)
    first = called_off(desk, number)
    later = desk.now + timedelta(days=40)
    [row] = desk.run(lambda s: find_quotations(s, text=number)).items
    assert row.shown_state(later) == "expired"
    with pytest.raises(QuotationExpired):
        accept(desk, number, after=first.order_number, now=later)


def test_the_team_sends_another_version_and_the_organisation_may_say_otherwise(desk):
    number, admin = quoted(desk), desk.trade.admin_id
    first = called_off(desk, number)
    desk.run(lambda s: ask_change(s, desk.buyer, number, 1, "改下周送", now=desk.now))
    desk.run(lambda s: send_offer(s, desk.shop, number, actor_id=admin, now=desk.now, freight_fen=0))
    second = accept(desk, number, after=first.order_number, version=2)
    assert second.is_new
    desk.trade.cancel(second.order_id)
    desk.run(lambda s: withdraw(s, desk.buyer, number, now=desk.now))
    assert desk.run(lambda s: read_quotation(s, number)).state is QuotationState.WITHDRAWN


def test_an_order_that_stands_is_no_reason_to_accept_again(desk):
    number = quoted(desk)
    first = accept(desk, number)
    assert accept(desk, number, after=first.order_number).order_id == first.order_id
    assert standing(desk) == 1


def test_money_that_comes_for_the_first_order_after_all_does_not_revive_it(desk):
    number = by_courier(desk)
    first, payment = lapsed(desk, number)
    accept(desk, number, after=first.order_number, version=2)
    desk.trade.transfer(payment.id, payment.amount_fen)
    [late] = desk.trade.payments(first.order_id)
    assert late.status is PaymentStatus.ORPHANED
    assert standing(desk) == 1


@pytest.mark.race(
    fence="the lock on the quotation, the index of the agreement that stands, and the lock on the order"
)
def test_accepted_again_by_several_while_the_first_is_paid_one_order_stands(desk):
    number, work = by_courier(desk), desk.trade.unit_of_work
    first, payment = lapsed(desk, number)
    answer = Answer(number, 2, "bank_transfer", after=first.order_number)
    people = [desk.buyer, desk.approver] * 3
    works = [
        partial(work.run, lambda s, by=one: accept_version(s, by, answer, now=desk.now)) for one in people
    ]
    pay = partial(desk.trade.transfer, payment.id, payment.amount_fen)
    results = at_once([*works[:3], pay, *works[3:]])
    accepted = [one for one in results if isinstance(one, Accepted)]
    # Paid first, the order stands again and is the one that everybody hears of.
    assert len({one.order_id for one in accepted}) == 1
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ShopError)]
    assert standing(desk) == 1
