"""Everybody at once: webhooks, return page, clicks and refunds. Each has its effect once.

The twin without the order's lock must go red, or the race proves nothing.
"""

from __future__ import annotations

import threading
import time
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, User
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.errors import ShopError
from shop.ledger.models import EntryKind, JournalEntry
from shop.ordering import confirmation
from shop.ordering.models import Order, OrderStatus
from shop.payments import outcome, part_refunds, refunds
from shop.payments.bank import confirm_transfer, confirm_transfer_back
from shop.payments.models import Payment, PaymentStatus, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.refunds import refund_in_full
from shop.storage.unit_of_work import UnitOfWork
from tests.integration.payments.conftest import Counter, counter, fake_stripe, small_shop  # noqa: F401

CROWD = 9


@pytest.fixture
def lab(fake_stripe):  # noqa: F811
    fake_stripe.control("reset")
    return fake_stripe


def at_once(works):
    """Run all of them from the same moment; an error counts as its result."""
    start = threading.Barrier(len(works))

    def run(work):
        start.wait()
        try:
            return work()
        except Exception as error:  # noqa: BLE001  whatever goes wrong is what the test looks at
            return error

    with ThreadPoolExecutor(len(works)) as crowd:
        return list(crowd.map(run, works))


def said_by_everybody(desk: Counter, lab, order_id: int):
    """Eight webhooks, four of one kind and four of another, and the page the buyer comes back to."""
    attempt = desk.start(order_id)
    lab.pay(attempt.provider_ref)
    event = lab.events("checkout.session.completed")[0]
    twin = {**event, "id": "evt_other", "type": "checkout.session.async_payment_succeeded"}
    works = [partial(desk.webhook, event)] * 4 + [partial(desk.webhook, twin)] * 4
    return at_once([*works, partial(desk.sync, attempt.id)])


@pytest.mark.parametrize("round_", range(3))
def test_eight_webhooks_and_the_return_page_confirm_an_order_once(counter, lab, round_):  # noqa: F811
    order_id = counter.order()
    results = said_by_everybody(counter, lab, order_id)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Tally(results) == {"handled": 2, "repeated": 6, PaymentStatus.SUCCEEDED: 1}
    assert counter.history(order_id).count("confirmed") == 1
    assert counter.refunds(order_id) == []
    sales = sa.select(sa.func.count()).where(JournalEntry.kind == EntryKind.SALE)
    assert counter.read(lambda session: session.scalar(sales)) == 1


def unlocked_order(session, order_id):
    order = session.get_one(Order, order_id, populate_existing=True)
    time.sleep(0.05)  # long enough for the others to read the same
    return order


def unlocked_payment(session, payment_id):
    payment = session.get_one(Payment, payment_id, populate_existing=True)
    return unlocked_order(session, payment.order_id), payment


def test_without_the_orders_lock_it_goes_wrong(counter, lab, engine, backend, monkeypatch):  # noqa: F811
    if backend == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which no switch turns off")
    monkeypatch.setattr(confirmation, "lock_order", unlocked_order)
    monkeypatch.setattr(outcome, "lock_with_order", unlocked_payment)
    careful, counter.unit_of_work = counter.unit_of_work, UnitOfWork(engine, {})
    went_wrong = False
    for _ in range(5):
        order_id = counter.order({"tea": 1})
        results = said_by_everybody(counter, lab, order_id)
        (payment,) = counter.payments(order_id)
        is_right = (
            counter.history(order_id).count("confirmed") == 1
            and payment.status is PaymentStatus.SUCCEEDED
            and not counter.refunds(order_id)
            and not any(isinstance(result, Exception) for result in results)
        )
        went_wrong |= not is_right
        lab.control("reset")
    counter.unit_of_work = careful
    counter.violations = list  # the books are not what this one is about
    assert went_wrong


def test_nine_clicks_on_pay_have_one_attempt_and_one_session(counter, lab):  # noqa: F811
    order_id = counter.order()
    results = at_once([partial(counter.start, order_id)] * CROWD)
    assert {result.redirect_url for result in results} == {lab.sessions()[0]["url"]}
    assert len(counter.payments(order_id)) == len(lab.sessions()) == 1


def test_nine_refunds_at_once_send_the_money_back_once(counter, lab):  # noqa: F811
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref)
    counter.sync(attempt.id)

    def ask(token):
        return counter.unit_of_work.run(
            partial(
                refund_in_full, order_id=order_id, bearer=RefundBearer.SHOP, reason="bad", actor_id=None,
                token=token, now=counter.now,
            )
        )  # fmt: skip

    results = at_once([partial(ask, f"form-{number // 2}") for number in range(CROWD)])
    assert {type(result) for result in results if not isinstance(result, ShopError)} == {int}
    at_once([counter.reconcile] * 3)
    assert [refund["amount"] for refund in lab.refunds()] == [attempt.amount_fen]
    assert len(counter.refunds(order_id)) == 1
    assert counter.order_row(order_id).refunded_fen == attempt.amount_fen


def paid_order(desk: Counter, lab) -> int:
    order_id = desk.order()
    attempt = desk.start(order_id)
    lab.pay(attempt.provider_ref)
    desk.sync(attempt.id)
    return order_id


def last_fen_asked_by_two(desk: Counter, order_id: int):
    """All but one fen went back; two admins refund that one at once."""
    total = desk.order_row(order_id).total_fen

    def ask(token, fen):
        part = PartRefund(RefundBearer.SHOP, "bad", free_fen=fen)
        return desk.unit_of_work.run(
            partial(ask_part_refund, order_id=order_id, part=part, token=token, actor_id=None, now=desk.now)
        )

    ask("before", total - 1)
    return at_once([partial(ask, "first", 1), partial(ask, "second", 1)])


def test_two_admins_refund_the_last_fen_and_one_of_them_hears_no(counter, lab):  # noqa: F811
    order_id = paid_order(counter, lab)
    results = last_fen_asked_by_two(counter, order_id)
    assert sorted(isinstance(result, ShopError) for result in results) == [False, True]
    counter.reconcile()
    order = counter.order_row(order_id)
    assert order.refunded_fen == order.total_fen


def test_without_the_reservation_the_last_fen_goes_twice(counter, lab, backend, monkeypatch):  # noqa: F811
    if backend == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which no switch turns off")

    def unreserved(session, payment_id, amount_fen):
        session.flush()

    monkeypatch.setattr(part_refunds, "lock_order", unlocked_order)
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    order_id = paid_order(counter, lab)
    results = last_fen_asked_by_two(counter, order_id)
    counter.violations = list  # the books are not what this one is about
    assert not any(isinstance(result, Exception) for result in results)


@pytest.fixture
def by_transfer(counter):  # noqa: F811
    """An attempt by bank transfer."""
    account = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "100"}
    counter.unit_of_work.run(partial(set_shop_settings, typed=account, actor_id=None, now=counter.now))
    return counter.start(counter.order(method="bank_transfer"))


@pytest.fixture
def team(counter):  # noqa: F811
    """The ids of four people who handle money."""

    def add(session):
        people = [User(email=f"{number}@shop.example", created_at=counter.now) for number in range(4)]
        session.add_all(people)
        session.flush()
        return [person.id for person in people]

    return counter.read(add)


def audited(desk, action):
    statement = sa.select(AuditEntry.actor_id).where(AuditEntry.action == action)
    return desk.read(lambda session: list(session.scalars(statement)))


def test_a_transfer_that_four_people_confirm_at_once_is_recorded_once(counter, by_transfer, team):  # noqa: F811
    def say(actor_id):
        work = partial(confirm_transfer, payment_id=by_transfer.id, received_fen=by_transfer.amount_fen)
        return counter.read(lambda session: work(session, actor_id=actor_id, now=counter.now))

    assert set(at_once([partial(say, actor_id) for actor_id in team])) == {PaymentStatus.SUCCEEDED}
    (payment,) = counter.payments(by_transfer.order_id)
    assert audited(counter, "transfer.confirmed") == [payment.confirmed_by_id]


def test_a_transfer_back_that_four_people_report_at_once_is_recorded_once(counter, by_transfer, team):  # noqa: F811
    counter.cancel(by_transfer.order_id)
    late = partial(confirm_transfer, payment_id=by_transfer.id, received_fen=by_transfer.amount_fen)
    counter.read(lambda session: late(session, actor_id=team[0], now=counter.now))
    counter.reconcile()
    (refund,) = counter.refunds(by_transfer.order_id)

    def say(actor_id):
        work = partial(confirm_transfer_back, refund_id=refund.id, actor_id=actor_id, now=counter.now)
        return counter.read(work)

    assert set(at_once([partial(say, actor_id) for actor_id in team])) == {RefundStatus.SUCCEEDED}
    assert len(audited(counter, "transfer.sent_back")) == 1


def test_paying_and_cancelling_at_once_ends_in_one_of_two_ways(counter, lab):  # noqa: F811
    before = counter.stock()
    for _ in range(4):
        order_id = counter.order()
        attempt = counter.start(order_id)

        def buyer_pays(token=attempt.provider_ref):
            lab.pay(token)
            for event in lab.events("checkout.session.completed"):
                counter.webhook(event)

        at_once([buyer_pays, partial(counter.cancel, order_id), partial(counter.cancel, order_id)])
        counter.reconcile()
        counter.reconcile()
        order = counter.order_row(order_id)
        payment = counter.payments(order_id)[0]
        if payment.status is PaymentStatus.SUCCEEDED and order.status is OrderStatus.CONFIRMED:
            assert order.refunded_fen == 0
            assert order.cancel_requested_at is None
            before = (before[0] - 1, before[1], before[2] + 1)
        else:
            assert order.status is OrderStatus.CANCELLED
            back = sum(refund.amount_fen for refund in counter.refunds(order_id))
            assert back == (payment.received_fen or 0)
        assert counter.stock() == before
