"""An order from elsewhere is an ordinary order: its goods, its households, its money and its refunds."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.models import Organisation
from shop.fulfilment.models import Task
from shop.inventory.models import Allocation
from shop.kit.errors import InvalidInput
from shop.ledger.models import Account
from shop.ordering.errors import SoldOut
from shop.ordering.models import Channel, OrderStatus
from shop.ordering.outside.models import OutsideOrder, PaidHow
from shop.ordering.wish import Courier, Recipient
from shop.payments.bank import confirm_transfer_back
from shop.payments.models import PaymentStatus, Refund, RefundBearer
from shop.payments.outside.entering import _write
from shop.payments.outside.errors import EnteredBefore, NotTheSum, PaidAlready
from shop.payments.outside.paying import money_came
from shop.payments.reconciling import reconcile
from shop.payments.refund_settling import send_refund
from shop.payments.releasing import release_dead_orders
from shop.payments.whole_refunds import refund_in_full
from shop.payments.work_list import WorkKind, payment_work
from shop.purchases.models import CountedPurchase

SOMEWHERE = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号")


def test_paid_elsewhere_it_is_confirmed_at_once_and_households_get_their_tasks(taker):
    entered = taker.enter("A-1", {"tea": (2, 6000), "eggs": 1})
    order = taker.order(entered.order_id)
    assert (order.status, order.channel, order.total_fen) == (OrderStatus.CONFIRMED, Channel.OUTSIDE, 17_900)
    tasks = taker.read(lambda session: session.scalar(sa.select(sa.func.count(Task.id))))
    assert tasks == 2
    assert taker.stock()[1:] == (0, 3)


def test_its_money_is_with_the_source_and_the_households_are_credited(taker):
    taker.enter("A-1", {"tea": (2, 6000)})
    assert taker.held("group") == 12_000
    assert taker.booked(Account.HOUSEHOLD_PAYABLE) == -12_000 * 76 // 100


def test_what_a_platform_keeps_is_taken_from_the_part_set_aside_for_fees(taker):
    taker.enter("P-1", {"tea": (2, 6000)}, source="platform", paid_how=PaidHow.PLATFORM)
    assert taker.held("platform") == 12_000 - 72
    taker.enter("P-2", {"tea": (1, 6000)}, source="platform", paid_how=PaidHow.PLATFORM, fee_fen=500)
    assert taker.held("platform") == 18_000 - 72 - 500


def test_the_same_number_of_a_source_is_refused_and_names_our_order(taker):
    first = taker.enter("A-1")
    with pytest.raises(EnteredBefore) as refused:
        taker.enter("A-1", {"eggs": 1})
    assert refused.value.facts["order_number"] == first.number
    assert taker.enter("A-1", source="fair").is_new
    assert taker.stock()[2] == 4


def test_a_form_without_a_number_sent_twice_enters_one_order(taker):
    taken = taker.taken("", source="fair")
    first, second = taker.send(taken), taker.send(taken)
    assert (first.number, second.is_new) == (second.number, False)
    row = taker.read(lambda session: session.get_one(OutsideOrder, first.order_id))
    assert row.number == first.number


def test_who_left_no_name_is_reached_through_who_collects(taker):
    entered = taker.enter("A-1", recipient=Recipient("", ""))
    order = taker.order(entered.order_id)
    assert (order.recipient, order.phone) == ("刘老师", "+8613700000000")
    with pytest.raises(InvalidInput):
        taker.enter("F-1", source="fair", recipient=Recipient("路过的同学", ""))


def test_the_sum_that_was_paid_says_what_is_freight(taker):
    entered = taker.enter("A-1", {"tea": (2, 6000)}, delivery=SOMEWHERE, sum_fen=12_500)
    assert taker.order(entered.order_id).freight_fen == 500
    free = taker.enter("A-2", {"tea": (1, 6000)}, delivery=SOMEWHERE, sum_fen=6_000)
    assert taker.order(free.order_id).freight_fen == 0
    usual = taker.enter("A-3", {"tea": 1}, delivery=SOMEWHERE)
    assert taker.order(usual.order_id).freight_fen == 800
    assert taker.held("group") == 12_500 + 6_000 + 7_600


def test_a_sum_that_the_goods_do_not_come_to_is_refused(taker):
    for sum_fen in (11_999, 12_001):
        with pytest.raises(NotTheSum):
            taker.enter("A-1", {"tea": (2, 6000)}, sum_fen=sum_fen)
    assert taker.stock()[1:] == (0, 0)


def test_impossible_days_and_ways_of_paying_are_refused_by_field(taker):
    tomorrow = taker.taken("x").ordered_on + timedelta(days=1)
    for more, field in (
        ({"ordered_on": tomorrow}, "ordered_on"),
        ({"paid_on": tomorrow}, "paid_on"),
        ({"paid_on": None}, "paid_on"),
        ({"paid_how": PaidHow.NOT_YET}, "paid_on"),
        ({"paid_how": PaidHow.PLATFORM}, "paid_how"),
    ):
        with pytest.raises(InvalidInput) as refused:
            taker.enter("A-1", **more)
        assert field in refused.value.errors
    with pytest.raises(InvalidInput):
        taker.enter("", source="platform")


def test_what_nobody_has_enters_nothing(taker):
    with pytest.raises(SoldOut):
        taker.enter("A-1", {"tea": 999})
    rows = taker.read(lambda session: session.scalar(sa.select(sa.func.count(OutsideOrder.order_id))))
    assert rows == 0
    assert taker.enter("A-1").is_new


def test_a_stop_between_placing_and_confirming_is_made_good_by_reconciling(taker):
    taken = taker.taken("A-1")
    entered = taker.read(
        lambda session: _write(session, taken=taken, actor_id=taker.actor_id, import_id=None, now=taker.now)
    )
    assert taker.order(entered.order_id).status is OrderStatus.AWAITING_PAYMENT
    reconcile(taker.unit_of_work, taker.providers, now=taker.now)
    assert taker.order(entered.order_id).status is OrderStatus.CONFIRMED


def test_money_that_comes_later_confirms_it(taker):
    entered = taker.enter("A-1", paid_how=PaidHow.NOT_YET, paid_on=None)
    assert taker.order(entered.order_id).status is OrderStatus.AWAITING_PAYMENT
    day = taker.taken("x").ordered_on
    came = lambda how: money_came(  # noqa: E731
        *(taker.unit_of_work, taker.providers, entered.order_id, how, day),
        actor_id=taker.actor_id,
        now=taker.now,
    )
    with pytest.raises(InvalidInput):
        came(PaidHow.PLATFORM)
    assert came(PaidHow.CASH) is PaymentStatus.SUCCEEDED
    with pytest.raises(PaidAlready):
        came(PaidHow.CASH)
    assert taker.held("group") == taker.order(entered.order_id).total_fen


def test_goods_of_who_does_not_pay_are_free_again_after_the_sources_days(taker):
    entered = taker.enter("A-1", paid_how=PaidHow.NOT_YET, paid_on=None)
    taker.wait(days=1)
    reconcile(taker.unit_of_work, taker.providers, now=taker.now)
    assert taker.order(entered.order_id).status is OrderStatus.AWAITING_PAYMENT
    taker.wait(days=7)
    reconcile(taker.unit_of_work, taker.providers, now=taker.now)
    release_dead_orders(taker.unit_of_work, now=taker.now)
    assert taker.order(entered.order_id).status is OrderStatus.CANCELLED
    assert taker.stock()[1:] == (0, 0)
    assert taker.held("group") == 0


def test_a_refund_waits_until_somebody_says_that_the_source_gave_it_back(taker):
    entered = taker.enter("A-1", {"tea": (2, 6000)})
    refund_id = taker.read(
        lambda session: refund_in_full(
            session, entered.order_id, bearer=RefundBearer.SHOP, reason="少发一件",
            actor_id=taker.actor_id, token="r1", now=taker.now,
        )
    )  # fmt: skip
    send_refund(taker.unit_of_work, taker.providers, refund_id, now=taker.now)
    work = taker.read(lambda session: payment_work(session, now=taker.now).items)
    assert [(one.kind, one.provider) for one in work] == [(WorkKind.TRANSFER_BACK, "outside:group")]
    assert taker.held("group") == 12_000
    taker.read(
        lambda session: confirm_transfer_back(session, refund_id, actor_id=taker.actor_id, now=taker.now)
    )
    assert taker.held("group") == 0
    assert taker.read(lambda session: session.get_one(Refund, refund_id).settled_at) is not None


def test_units_go_to_the_households_that_earn_least(taker):
    taker.enter("A-1", {"tea": 2})
    taker.enter("A-2", {"tea": 2})
    lots = taker.read(lambda session: set(session.scalars(sa.select(Allocation.lot_id))))
    assert len(lots) == 2


def test_what_an_organisation_bought_there_counts_for_it_with_its_number(taker):
    def add(session):
        made = Organisation(slug="union", name="校工会", invoice_title="校工会", tax_number="1" * 18)
        session.add(made)
        session.flush()
        return made.id

    union = taker.read(add)
    taker.enter("A-1", organisation_id=union)
    taker.enter("A-1", source="fair", organisation_id=union)
    taker.enter("A-2")
    counted = taker.read(
        lambda session: list(
            session.execute(
                sa.select(CountedPurchase.organisation_id, CountedPurchase.outside_number).order_by(
                    CountedPurchase.order_id
                )
            )
        )
    )
    assert [tuple(one) for one in counted] == [(union, "A-1"), (union, "fair/A-1")]
