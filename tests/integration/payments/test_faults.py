"""What goes wrong between a shop and a provider, and the one right end of each."""

from __future__ import annotations

import itertools
import random
from functools import partial

import pytest
import sqlalchemy as sa

from shop.kit.errors import ShopError
from shop.ordering.models import Order, OrderStatus
from shop.payments.cancelling import CancelOutcome
from shop.payments.errors import ForgedNotice, NothingToPay, ProviderUnavailable, TooLateToCancel
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.notices import Received, receive
from shop.payments.outcome import apply_state
from shop.payments.providers.base import AttemptStatus, ProviderState
from shop.payments.starting import MOST_ATTEMPTS
from shop.payments.syncing import settle
from shop.payments.work_list import WorkKind, payment_work
from shop.storage.outbox import OutboxMessage
from tests.fakes.stripe_lab import SECRETS, signed

SESSIONS = "^/v1/checkout/sessions$"


def pay(counter, lab, order_id, **how):
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref, **how)
    return attempt


# Starting.


@pytest.mark.parametrize("mode", ["reset_after", "hang_after"])
def test_a_lost_answer_leads_to_the_same_session_at_the_next_try(counter, lab, mode):
    order_id = counter.order()
    lab.fault(mode, SESSIONS, times=3, seconds=1.5)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    attempt = counter.start(order_id)
    assert len(lab.sessions()) == 1
    assert attempt.provider_ref == lab.sessions()[0]["id"]
    assert [payment.attempt for payment in counter.payments(order_id)] == [1]


def test_a_session_found_by_reconciliation_still_leads_the_buyer_to_its_page(counter, lab):
    order_id = counter.order()
    lab.fault("reset_after", SESSIONS, times=3)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    counter.reconcile()
    assert counter.payments(order_id)[0].provider_ref == lab.sessions()[0]["id"]
    assert counter.start(order_id).redirect_url == lab.sessions()[0]["url"]


def test_a_lost_answer_is_found_by_reconciliation_and_the_money_confirms(counter, lab):
    order_id = counter.order()
    lab.fault("reset_after", SESSIONS, times=3)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    lab.pay(lab.sessions()[0]["id"])
    counter.reconcile()
    assert counter.order_row(order_id).status is OrderStatus.CONFIRMED


@pytest.mark.parametrize("mode", ["500", "503", "429", "502_html", "reset_before", "409"])
def test_a_passing_fault_is_tried_again_at_once(counter, lab, mode):
    order_id = counter.order()
    lab.fault(mode, SESSIONS, times=1)
    assert counter.start(order_id).redirect_url
    assert len(lab.sessions()) == 1


def test_stripe_being_down_leaves_the_order_and_its_stock_waiting(counter, lab):
    before = counter.stock()
    order_id = counter.order()
    lab.fault("503", times=100)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    assert counter.reconcile().unanswered == 1
    assert counter.order_row(order_id).status is OrderStatus.AWAITING_PAYMENT
    assert counter.stock() == (before[0] - 1, 1, 0)


def test_a_saved_failure_is_proved_and_a_new_attempt_begins_in_the_same_click(counter, lab):
    order_id = counter.order()
    lab.fault("500_saved", SESSIONS, times=1)
    attempt = counter.start(order_id)
    first, second = counter.payments(order_id)
    assert (first.status, second.status) == (PaymentStatus.FAILED, PaymentStatus.PENDING)
    assert attempt.reference == second.reference != first.reference
    assert len(lab.sessions()) == 1


def test_a_refused_expiry_proves_that_nothing_began_and_frees_the_way(counter, lab):
    order_id = counter.order()
    lab.fault("reset_before", SESSIONS, times=3)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    lab.control("clock", advance=300)
    counter.wait(minutes=5)
    attempt = counter.start(order_id)
    first, second = counter.payments(order_id)
    assert first.status is PaymentStatus.FAILED
    assert first.failure.startswith("expires_at")
    assert attempt.reference == second.reference


def test_reconciliation_ends_an_attempt_that_never_began_and_frees_its_stock(counter, lab):
    before = counter.stock()
    order_id = counter.order()
    lab.fault("reset_before", SESSIONS, times=3)
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    lab.control("clock", advance=300)
    counter.wait(minutes=5)
    counter.reconcile()
    assert counter.payments(order_id)[0].status is PaymentStatus.FAILED
    counter.wait(minutes=5)
    counter.reconcile()
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    assert counter.stock() == before


def test_a_double_click_and_two_tabs_have_one_attempt(counter, lab):
    order_id = counter.order()
    assert {counter.start(order_id).redirect_url for _ in range(3)} == {lab.sessions()[0]["url"]}
    assert len(counter.payments(order_id)) == 1


def test_changing_the_method_closes_the_open_attempt_first(counter, lab):
    order_id = counter.order()
    counter.start(order_id)
    counter.start(order_id, "sandbox")
    first, second = counter.payments(order_id)
    assert (first.status, first.failure) == (PaymentStatus.EXPIRED, "replaced")
    assert (second.provider, second.status) == ("sandbox", PaymentStatus.PENDING)
    assert lab.sessions()[0]["status"] == "expired"
    assert counter.order_row(order_id).status is OrderStatus.AWAITING_PAYMENT


def test_changing_the_method_of_a_paid_attempt_confirms_the_order(counter, lab):
    order_id = counter.order()
    pay(counter, lab, order_id)
    with pytest.raises(NothingToPay):
        counter.start(order_id, "sandbox")
    assert counter.order_row(order_id).status is OrderStatus.CONFIRMED


def test_nobody_holds_stock_for_ever_by_trying_again(counter, lab):
    order_id = counter.order()
    for _ in range(MOST_ATTEMPTS):
        attempt = counter.start(order_id)
        lab.pay(attempt.provider_ref, method="alipay", outcome="processing")
        lab.control(f"sessions/{attempt.provider_ref}/settle", outcome="failed")
        assert counter.sync(attempt.id) is PaymentStatus.FAILED
    with pytest.raises(ShopError, match="too often"):
        counter.start(order_id)


# Hearing of it.


def test_webhooks_confirm_once_however_often_and_in_whatever_order_they_come(counter, lab):
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref, method="alipay", outcome="processing")
    lab.control(f"sessions/{attempt.provider_ref}/settle", outcome="succeeded")
    events = lab.events()
    for _ in range(2):
        for event in random.Random(7).sample(events, len(events)):
            counter.webhook(event)
    assert counter.history(order_id).count("confirmed") == 1
    assert counter.webhook(lab.events("checkout.session.completed")[0]) is Received.REPEATED


def test_every_order_of_the_same_words_ends_the_same(counter):
    said = [AttemptStatus.PENDING, AttemptStatus.SUCCEEDED, AttemptStatus.FAILED, AttemptStatus.EXPIRED]
    for words in itertools.permutations(said):
        order_id = counter.order()
        attempt = counter.start(order_id, "sandbox")
        for word in words:
            state = ProviderState(word, received_fen=attempt.amount_fen if word == "succeeded" else None)
            settle(counter.unit_of_work, attempt.id, state, now=counter.now)
        assert counter.order_row(order_id).status is OrderStatus.CONFIRMED
        assert counter.payments(order_id)[0].status is PaymentStatus.SUCCEEDED
        assert counter.history(order_id).count("confirmed") == 1


def test_a_late_failure_after_success_changes_nothing(counter, lab):
    order_id = counter.order()
    attempt = pay(counter, lab, order_id)
    counter.sync(attempt.id)
    event = lab.events("checkout.session.completed")[0]
    late = {**event, "id": "evt_late", "type": "checkout.session.async_payment_failed"}
    counter.webhook(late)
    assert counter.payments(order_id)[0].status is PaymentStatus.SUCCEEDED


def test_no_webhook_ever_comes_and_reconciliation_alone_does_all(counter, lab):
    paid, expired = counter.order(), counter.order()
    pay(counter, lab, paid)
    attempt = counter.start(expired)
    lab.control(f"sessions/{attempt.provider_ref}/expire")
    counter.reconcile()
    assert counter.order_row(paid).status is OrderStatus.CONFIRMED
    assert counter.order_row(expired).status is OrderStatus.CANCELLED
    assert counter.payments(paid)[0].fee_fen > 0


def test_a_session_that_expires_frees_its_stock(counter, lab):
    before = counter.stock()
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.control(f"sessions/{attempt.provider_ref}/expire")
    counter.webhook(lab.events("checkout.session.expired")[0])
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    assert counter.stock() == before


def test_forged_stale_and_foreign_messages_do_nothing(counter, lab):
    order_id = counter.order()
    attempt = pay(counter, lab, order_id)
    event = lab.events("checkout.session.completed")[0]
    provider = counter.providers["stripe"]
    headers, body = signed(event, counter.now)
    forgeries = [
        ({}, body),
        ({"Stripe-Signature": ""}, body),
        (headers, body + b" "),
        (signed(event, counter.now, secret="whsec_other")[0], body),
        ({"Stripe-Signature": headers["Stripe-Signature"].replace("v1=", "v0=")}, body),
        ({"Stripe-Signature": "t=," + headers["Stripe-Signature"]}, body),
    ]
    for forged in forgeries:
        with pytest.raises(ForgedNotice):
            receive(counter.unit_of_work, provider, *forged, now=counter.now)
    counter.wait(minutes=10)
    with pytest.raises(ForgedNotice):
        receive(counter.unit_of_work, provider, headers, body, now=counter.now)
    assert counter.payments(order_id)[0].status is PaymentStatus.PENDING
    assert counter.sync(attempt.id) is PaymentStatus.SUCCEEDED


def test_an_old_secret_still_verifies_while_it_is_rolled(counter, lab):
    order_id = counter.order()
    pay(counter, lab, order_id)
    headers, body = signed(lab.events("checkout.session.completed")[0], counter.now, secret=SECRETS[1])
    receive(counter.unit_of_work, counter.providers["stripe"], headers, body, now=counter.now)
    assert counter.order_row(order_id).status is OrderStatus.CONFIRMED


@pytest.mark.parametrize(
    "event",
    [
        {"id": "evt_1", "object": "event", "type": "invoice.paid", "data": {"object": {"object": "invoice"}}},
        {
            "id": "evt_2",
            "object": "event",
            "type": "checkout.session.completed",
            "data": {
                "object": {
                    "id": "cs_x", "object": "checkout.session", "status": "complete", "payment_status": "paid",
                    "amount_total": 1, "currency": "cny", "client_reference_id": "NOT-OURS\x00",
                }
            },
        },
    ],
)  # fmt: skip
def test_signed_events_that_are_not_ours_are_ignored(counter, event):
    assert counter.webhook(event) is Received.IGNORED


@pytest.mark.parametrize(
    "event",
    [
        b"[]",
        b"{}",
        b'{"object": "event"}',
        b'{"object": "event", "id": 1, "type": "checkout.session.expired", "data": {"object": []}}',
        b"[" * 100_000,
    ],
)
def test_signed_nonsense_is_refused(counter, event):
    with pytest.raises(ForgedNotice):
        counter.webhook(event)


# Amounts.


@pytest.mark.parametrize("wrong", [{"amount": 1}, {"currency": "usd"}, {"amount": 99_999}])
def test_a_wrong_amount_or_currency_is_never_paid_and_goes_back(counter, lab, wrong):
    order_id = counter.order()
    attempt = pay(counter, lab, order_id, **wrong)
    assert counter.sync(attempt.id) is PaymentStatus.ORPHANED
    assert counter.order_row(order_id).status is OrderStatus.AWAITING_PAYMENT
    assert "payment_orphaned" in counter.history(order_id)
    work = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [item.kind for item in work] == [WorkKind.WRONG_AMOUNT]
    counter.reconcile()
    (refund,) = counter.refunds(order_id)
    assert (refund.status, refund.amount_fen) == (
        RefundStatus.SUCCEEDED,
        counter.payments(order_id)[0].received_fen,
    )
    assert counter.read(lambda session: payment_work(session, now=counter.now).items) == []


# Money after the end.


def late_success(counter, lab, order_id):
    """The provider says paid although the attempt was over for us."""
    event = lab.events("checkout.session.completed")[0]
    assert counter.webhook(event) is Received.HANDLED
    counter.reconcile()


def expire_for_us_only(counter, attempt):
    """What a provider says is written down although the buyer is still paying there."""
    settle(counter.unit_of_work, attempt.id, ProviderState(AttemptStatus.EXPIRED), now=counter.now)


def test_late_money_revives_an_expired_order_whose_stock_is_there(counter, lab):
    order_id = counter.order()
    attempt = counter.start(order_id)
    expire_for_us_only(counter, attempt)
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    lab.pay(attempt.provider_ref)
    late_success(counter, lab, order_id)
    assert counter.order_row(order_id).status is OrderStatus.CONFIRMED
    assert counter.payments(order_id)[0].status is PaymentStatus.SUCCEEDED
    assert counter.refunds(order_id) == []


def test_late_money_after_the_last_unit_went_to_someone_else_goes_back_in_full(counter, lab):
    order_id = counter.order({"eggs": 10})
    attempt = counter.start(order_id)
    expire_for_us_only(counter, attempt)
    counter.order({"eggs": 10})
    lab.pay(attempt.provider_ref)
    late_success(counter, lab, order_id)
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    payment = counter.payments(order_id)[0]
    assert (payment.status, payment.failure) == (PaymentStatus.ORPHANED, "sold_out")
    (refund,) = counter.refunds(order_id)
    assert (refund.status, refund.amount_fen) == (RefundStatus.SUCCEEDED, payment.amount_fen)
    assert lab.refunds()[0]["amount"] == payment.amount_fen


def test_late_money_after_the_buyer_cancelled_goes_back_and_revives_nothing(counter, lab):
    order_id = counter.order()
    attempt = counter.start(order_id)
    counter.read(lambda session: mark_cancelled(session, order_id, counter.now))
    expire_for_us_only(counter, attempt)
    lab.pay(attempt.provider_ref)
    late_success(counter, lab, order_id)
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    assert [refund.status for refund in counter.refunds(order_id)] == [RefundStatus.SUCCEEDED]


def mark_cancelled(session, order_id, now):
    session.get_one(Order, order_id).cancel_requested_at = now


def test_paying_twice_by_two_attempts_keeps_one_and_returns_the_other(counter, lab):
    order_id = counter.order()
    first = counter.start(order_id)
    settle(counter.unit_of_work, first.id, ProviderState(AttemptStatus.FAILED), now=counter.now)
    second = pay(counter, lab, order_id)
    counter.sync(second.id)
    lab.pay(first.provider_ref)
    for event in lab.events("checkout.session.completed"):
        counter.webhook(event)
    counter.reconcile()
    one, other = counter.payments(order_id)
    assert (one.status, one.failure) == (PaymentStatus.ORPHANED, "paid_twice")
    assert other.status is PaymentStatus.SUCCEEDED
    assert [refund.payment_id for refund in counter.refunds(order_id)] == [first.id]
    assert counter.order_row(order_id).refunded_fen == 0


# Cancelling.


def test_cancelling_closes_the_attempt_and_frees_the_stock(counter, lab):
    before = counter.stock()
    order_id = counter.order()
    counter.start(order_id)
    assert counter.cancel(order_id) is CancelOutcome.CANCELLED
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    assert lab.sessions()[0]["status"] == "expired"
    assert counter.stock() == before
    assert counter.cancel(order_id) is CancelOutcome.CANCELLED


def test_cancelling_what_was_paid_meanwhile_confirms_undoes_and_refunds(counter, lab):
    before = counter.stock()
    order_id = counter.order()
    pay(counter, lab, order_id)
    assert counter.cancel(order_id) is CancelOutcome.REFUNDING
    order = counter.order_row(order_id)
    assert order.status is OrderStatus.CANCELLED
    assert order.confirmed_at is not None
    counter.reconcile()
    assert [refund.status for refund in counter.refunds(order_id)] == [RefundStatus.SUCCEEDED]
    assert counter.order_row(order_id).refunded_fen == order.total_fen
    assert counter.stock() == before


def test_an_order_that_was_to_be_cancelled_gets_no_code_and_no_word_of_being_confirmed(counter, lab):
    order_id = counter.order()
    pay(counter, lab, order_id)
    counter.cancel(order_id)
    counter.reconcile()
    order = counter.order_row(order_id)
    assert (order.status, order.pickup_code) == (OrderStatus.CANCELLED, None)
    told = counter.read(lambda session: session.scalars(sa.select(OutboxMessage.dedupe_key)).all())
    assert [key for key in told if key.startswith("order_confirmed")] == []
    assert any(key.startswith("order_refunded") for key in told)


def test_cancelling_while_stripe_is_down_waits_and_is_finished_later(counter, lab):
    order_id = counter.order()
    counter.start(order_id)
    lab.fault("503", "expire", times=100)
    assert counter.cancel(order_id) is CancelOutcome.WAITING
    assert counter.order_row(order_id).cancel_requested_at is not None
    with pytest.raises(NothingToPay):
        counter.start(order_id)
    lab.control("faults")
    counter.reconcile()
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED


def test_a_confirmed_order_is_not_cancelled_by_its_buyer(counter, lab):
    order_id = counter.order()
    counter.sync(pay(counter, lab, order_id).id)
    with pytest.raises(TooLateToCancel):
        counter.cancel(order_id)


def test_a_cancellation_killed_half_way_is_finished_by_reconciliation(counter, lab):
    order_id = counter.order()
    attempt = pay(counter, lab, order_id)
    counter.read(lambda session: mark_cancelled(session, order_id, counter.now))
    state = counter.providers["stripe"].fetch(attempt, now=counter.now)
    counter.unit_of_work.run(partial(apply_state, payment_id=attempt.id, state=state, now=counter.now))
    assert counter.order_row(order_id).status is OrderStatus.CONFIRMED
    counter.reconcile()
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED
    counter.reconcile()
    assert counter.order_row(order_id).refunded_fen == attempt.amount_fen
