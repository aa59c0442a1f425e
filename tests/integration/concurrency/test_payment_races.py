"""Everybody at once: webhooks, return page, clicks and refunds. Each has its effect once.

Each race has a twin without the order's lock that must go red, or the race proves nothing.
"""

from __future__ import annotations

import threading
from collections import Counter as Tally
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry, User
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.errors import ShopError
from shop.ledger.models import EntryKind, JournalEntry
from shop.ordering.models import OrderStatus
from shop.payments import refunds
from shop.payments.bank import confirm_transfer, confirm_transfer_back
from shop.payments.models import PaymentStatus, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.whole_refunds import refund_in_full
from tests.factories.without_locks import drop_unique, goes_wrong, without_locks
from tests.integration.payments.conftest import Counter, counter, fake_stripe, small_shop  # noqa: F401

CROWD = 9


@pytest.fixture
def lab(fake_stripe):  # noqa: F811
    fake_stripe.control("reset")
    return fake_stripe


@pytest.fixture
def reckless(counter):  # noqa: F811
    """The counter with every lock switched off. What its books look like afterwards is not what a twin is about."""
    counter.unit_of_work, counter.violations = without_locks(counter.unit_of_work), list
    return counter


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


def eight_webhooks_confirm_once(desk: Counter, lab):
    lab.control("reset")
    sales = sa.select(sa.func.count()).where(JournalEntry.kind == EntryKind.SALE)
    before = desk.read(lambda session: session.scalar(sales))
    order_id = desk.order()
    results = said_by_everybody(desk, lab, order_id)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Tally(results) == {"handled": 2, "repeated": 6, PaymentStatus.SUCCEEDED: 1}
    assert desk.history(order_id).count("confirmed") == 1
    assert desk.refunds(order_id) == []
    assert desk.read(lambda session: session.scalar(sales)) == before + 1


@pytest.mark.race(twin="test_without_the_orders_lock_webhooks_confirm_in_a_wrong_way")
@pytest.mark.parametrize("round_", range(3))
def test_eight_webhooks_and_the_return_page_confirm_an_order_once(counter, lab, round_):  # noqa: F811
    eight_webhooks_confirm_once(counter, lab)


def test_without_the_orders_lock_webhooks_confirm_in_a_wrong_way(reckless, lab):
    assert goes_wrong(partial(eight_webhooks_confirm_once, reckless, lab))


def nine_clicks_have_one_session(desk: Counter, lab):
    lab.control("reset")
    order_id = desk.order()
    results = at_once([partial(desk.start, order_id)] * CROWD)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert {result.redirect_url for result in results} == {lab.sessions()[0]["url"]}
    assert len(desk.payments(order_id)) == len(lab.sessions()) == 1


@pytest.mark.race(twin="test_without_the_lock_and_the_unique_attempt_nine_clicks_have_several_sessions")
def test_nine_clicks_on_pay_have_one_attempt_and_one_session(counter, lab):  # noqa: F811
    nine_clicks_have_one_session(counter, lab)


def test_without_the_lock_and_the_unique_attempt_nine_clicks_have_several_sessions(reckless, lab):
    reckless.read(lambda session: session.execute(sa.text("DROP INDEX uq_payments_one_pending")))
    drop_unique(reckless.unit_of_work, "payments", "uq_payments_order_id_attempt")
    assert goes_wrong(partial(nine_clicks_have_one_session, reckless, lab))


def nine_refunds_send_it_back_once(desk: Counter, lab):
    lab.control("reset")
    order_id = paid_order(desk, lab)
    total = desk.order_row(order_id).total_fen

    def ask(token):
        return desk.unit_of_work.run(
            partial(
                refund_in_full, order_id=order_id, bearer=RefundBearer.SHOP, reason="bad", actor_id=None,
                token=token, now=desk.now,
            )
        )  # fmt: skip

    results = at_once([partial(ask, f"form-{number // 2}") for number in range(CROWD)])
    at_once([desk.reconcile] * 3)
    assert {type(result) for result in results if not isinstance(result, ShopError)} == {int}
    assert [refund["amount"] for refund in lab.refunds()] == [total]
    assert len(desk.refunds(order_id)) == 1
    assert desk.order_row(order_id).refunded_fen == total


@pytest.mark.race(twin="test_without_the_lock_and_the_reservation_nine_refunds_are_more_than_one")
def test_nine_refunds_at_once_send_the_money_back_once(counter, lab):  # noqa: F811
    nine_refunds_send_it_back_once(counter, lab)


def test_without_the_lock_and_the_reservation_nine_refunds_are_more_than_one(reckless, lab, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(nine_refunds_send_it_back_once, reckless, lab))


def unreserved(session, payment_id, amount_fen):
    session.flush()


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


def one_of_two_hears_no(desk: Counter, lab):
    lab.control("reset")
    order_id = paid_order(desk, lab)
    results = last_fen_asked_by_two(desk, order_id)
    assert sorted(isinstance(result, ShopError) for result in results) == [False, True]
    desk.reconcile()
    order = desk.order_row(order_id)
    assert order.refunded_fen == order.total_fen


@pytest.mark.race(twin="test_without_the_reservation_the_last_fen_goes_twice")
def test_two_admins_refund_the_last_fen_and_one_of_them_hears_no(counter, lab):  # noqa: F811
    one_of_two_hears_no(counter, lab)


def test_without_the_reservation_the_last_fen_goes_twice(reckless, lab, monkeypatch):
    monkeypatch.setattr(refunds, "_reserve", unreserved)
    assert goes_wrong(partial(one_of_two_hears_no, reckless, lab))


@pytest.fixture
def bank(counter):  # noqa: F811
    """The shop takes bank transfers."""
    account = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    counter.unit_of_work.run(partial(set_shop_settings, typed=account, actor_id=None, now=counter.now))


@pytest.fixture
def by_transfer(counter, bank):  # noqa: F811
    """An attempt by bank transfer."""
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


def audited(desk, action, subject_id=None):
    """Who did this, to this or to whatever."""
    statement = sa.select(AuditEntry.actor_id).where(AuditEntry.action == action)
    if subject_id is not None:
        statement = statement.where(AuditEntry.subject_id == str(subject_id))
    return desk.read(lambda session: list(session.scalars(statement)))


def four_confirm_a_transfer_once(desk, team):
    attempt = desk.start(desk.order(method="bank_transfer"))

    def say(actor_id):
        work = partial(confirm_transfer, payment_id=attempt.id, received_fen=attempt.amount_fen)
        return desk.read(lambda session: work(session, actor_id=actor_id, now=desk.now))

    assert set(at_once([partial(say, actor_id) for actor_id in team])) == {PaymentStatus.SUCCEEDED}
    (payment,) = desk.payments(attempt.order_id)
    assert audited(desk, "transfer.confirmed", attempt.id) == [payment.confirmed_by_id]


@pytest.mark.race(twin="test_without_the_lock_a_transfer_is_confirmed_by_several")
def test_a_transfer_that_four_people_confirm_at_once_is_recorded_once(counter, bank, team):  # noqa: F811
    four_confirm_a_transfer_once(counter, team)


def test_without_the_lock_a_transfer_is_confirmed_by_several(reckless, bank, team):
    assert goes_wrong(partial(four_confirm_a_transfer_once, reckless, team))


def four_report_a_transfer_back_once(desk, team):
    attempt = desk.start(desk.order(method="bank_transfer"))
    desk.cancel(attempt.order_id)
    late = partial(confirm_transfer, payment_id=attempt.id, received_fen=attempt.amount_fen)
    desk.read(lambda session: late(session, actor_id=team[0], now=desk.now))
    desk.reconcile()
    (refund,) = desk.refunds(attempt.order_id)

    def say(actor_id):
        work = partial(confirm_transfer_back, refund_id=refund.id, actor_id=actor_id, now=desk.now)
        return desk.read(work)

    assert set(at_once([partial(say, actor_id) for actor_id in team])) == {RefundStatus.SUCCEEDED}
    assert len(audited(desk, "transfer.sent_back", refund.id)) == 1


@pytest.mark.race(twin="test_without_the_lock_a_transfer_back_is_reported_by_several")
def test_a_transfer_back_that_four_people_report_at_once_is_recorded_once(counter, bank, team):  # noqa: F811
    four_report_a_transfer_back_once(counter, team)


def test_without_the_lock_a_transfer_back_is_reported_by_several(reckless, bank, team):
    reckless.unit_of_work._reactions = {}  # the entry's unique reference in the books is a further fence
    assert goes_wrong(partial(four_report_a_transfer_back_once, reckless, team))


def paid_or_cancelled(desk: Counter, lab):
    """While the buyer pays, two others cancel; then the order is either, with its stock and its money, and told once."""
    before = desk.stock()
    order_id = desk.order()
    attempt = desk.start(order_id)

    def buyer_pays():
        lab.pay(attempt.provider_ref)
        for event in lab.events("checkout.session.completed"):
            desk.webhook(event)

    at_once([buyer_pays, partial(desk.cancel, order_id), partial(desk.cancel, order_id)])
    desk.reconcile()
    desk.reconcile()
    steps = Tally(desk.history(order_id))
    assert all(
        steps[step] <= 1 for step in ("cancel_requested", "confirmed", "refund_requested", "cancelled")
    )
    order = desk.order_row(order_id)
    payment = desk.payments(order_id)[0]
    if payment.status is PaymentStatus.SUCCEEDED and order.status is OrderStatus.CONFIRMED:
        assert order.refunded_fen == 0
        assert order.cancel_requested_at is None
        before = (before[0] - 1, before[1], before[2] + 1)
    else:
        assert order.status is OrderStatus.CANCELLED
        back = sum(refund.amount_fen for refund in desk.refunds(order_id))
        assert back == (payment.received_fen or 0)
    assert desk.stock() == before


@pytest.mark.race(twin="test_without_the_lock_paying_and_cancelling_end_in_a_third_way")
def test_paying_and_cancelling_at_once_ends_in_one_of_two_ways(counter, lab):  # noqa: F811
    for _ in range(4):
        paid_or_cancelled(counter, lab)


def test_without_the_lock_paying_and_cancelling_end_in_a_third_way(reckless, lab):
    assert goes_wrong(partial(paid_or_cancelled, reckless, lab))
