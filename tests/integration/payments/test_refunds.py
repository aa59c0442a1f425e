"""Money back: once, never more than came in, and what happens when a bank refuses."""

from __future__ import annotations

from functools import partial

import pytest

from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.ledger.account_list import account_balances
from shop.ledger.models import Account
from shop.ordering.models import OrderStatus
from shop.payments.bank import agree_to
from shop.payments.errors import NotByOnePerson, NothingToRefund, RefundTooLarge
from shop.payments.models import Payment, PaymentStatus, RefundBearer, RefundStatus
from shop.payments.refunds import payment_to_refund, retry_refund, write_refund
from shop.payments.resending import Said, confirm_resent
from shop.payments.second_person import waiting_proposals
from shop.payments.whole_refunds import refund_in_full
from shop.payments.work_list import WorkKind, payment_work


@pytest.fixture
def paid(counter, lab):
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref)
    counter.sync(attempt.id)
    return order_id


@pytest.fixture
def another(counter) -> int:
    """The id of somebody else who handles money."""

    def add(session) -> int:
        person = User(email="another@shop.example", created_at=counter.now)
        session.add(person)
        session.flush()
        return person.id

    return counter.read(add)


def ask(counter, order_id, token, bearer=RefundBearer.SHOP, actor_id=None):
    return counter.unit_of_work.run(
        partial(
            refund_in_full,
            order_id=order_id,
            bearer=bearer,
            reason="bad eggs",
            actor_id=actor_id,
            token=token,
            now=counter.now,
        )
    )


def test_the_same_form_sent_twice_asks_once_and_another_has_nothing_left(counter, paid, admin):
    first = ask(counter, paid, "form-1", actor_id=admin)
    assert ask(counter, paid, "form-1") == first
    with pytest.raises(NothingToRefund):
        ask(counter, paid, "form-2")
    counter.reconcile()
    order = counter.order_row(paid)
    assert (order.status, order.refunded_fen) == (OrderStatus.CONFIRMED, order.total_fen)


def test_a_refund_that_the_provider_works_on_is_settled_when_it_says_so(counter, lab, paid):
    lab.control("settings", async_refunds=True)
    ask(counter, paid, "form")
    counter.reconcile()
    assert [refund.status for refund in counter.refunds(paid)] == [RefundStatus.PENDING]
    lab.control(f"refunds/{lab.refunds()[0]['id']}/settle", outcome="succeeded")
    counter.reconcile()
    assert [refund.status for refund in counter.refunds(paid)] == [RefundStatus.SUCCEEDED]


def test_refund_webhooks_settle_it_in_whatever_order_they_come(counter, lab, paid):
    lab.control("settings", async_refunds=True)
    ask(counter, paid, "form")
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[0]['id']}/settle", outcome="succeeded")
    for event in reversed(lab.events("refund.")):
        counter.webhook(event)
    assert [refund.status for refund in counter.refunds(paid)] == [RefundStatus.SUCCEEDED]
    assert counter.history(paid).count("refund_succeeded") == 1


def test_a_refund_that_fails_later_waits_for_a_person_who_may_try_again(counter, lab, paid, admin):
    lab.control("settings", async_refunds=True)
    refund_id = ask(counter, paid, "form")
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[0]['id']}/settle", outcome="failed")
    counter.reconcile()
    assert counter.order_row(paid).refunded_fen == 0
    work = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [item.kind for item in work] == [WorkKind.REFUND_FAILED]

    again = partial(retry_refund, refund_id=refund_id, actor_id=admin, now=counter.now)
    assert counter.unit_of_work.run(again) == counter.unit_of_work.run(again)
    lab.control("settings", async_refunds=False)
    counter.reconcile()
    statuses = [refund.status for refund in counter.refunds(paid)]
    assert statuses == [RefundStatus.FAILED, RefundStatus.SUCCEEDED]
    assert counter.read(lambda session: payment_work(session, now=counter.now).items) == []


@pytest.mark.parametrize("mode", ["reset_after", "500_saved", "429", "reset_before"])
def test_a_refund_whose_answer_is_lost_is_sent_once(counter, lab, paid, mode):
    ask(counter, paid, "form")
    lab.fault(mode, "^/v1/refunds$", method="POST", times=4 if mode != "500_saved" else 1)
    for _ in range(3):
        counter.reconcile()
    sent = [refund for refund in lab.refunds() if refund["status"] == "succeeded"]
    statuses = [refund.status for refund in counter.refunds(paid)]
    if mode == "500_saved":
        assert (sent, statuses) == ([], [RefundStatus.FAILED])
    else:
        assert (len(sent), statuses) == (1, [RefundStatus.SUCCEEDED])


def test_a_failed_refund_waits_for_a_person_though_another_of_its_payment_arrived(counter, lab, paid, admin):
    part = partial(refund_part, order_id=paid, amount_fen=100, token="part", actor_id=admin, now=counter.now)
    counter.read(part)
    counter.reconcile()
    lab.control("settings", async_refunds=True)
    second = ask(counter, paid, "rest")
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[-1]['id']}/settle", outcome="failed")
    counter.reconcile()
    items = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [(item.kind, item.refund_id) for item in items] == [(WorkKind.REFUND_FAILED, second)]

    again = counter.read(partial(retry_refund, refund_id=second, actor_id=admin, now=counter.now))
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[-1]['id']}/settle", outcome="failed")
    counter.reconcile()
    items = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [item.refund_id for item in items] == [again]


def refund_part(session, order_id, amount_fen, token, actor_id, now):
    payment = payment_to_refund(session, order_id)
    return write_refund(
        session, payment, amount_fen=amount_fen, bearer=RefundBearer.SHOP, reason="one egg", token=token,
        actor_id=actor_id, now=now,
    )  # fmt: skip


def test_a_refund_that_comes_back_from_the_bank_is_sent_another_way_once(counter, lab, paid, admin):
    refund_id = ask(counter, paid, "form", actor_id=admin)
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[0]['id']}/settle", outcome="failed")
    for event in lab.events("refund."):
        counter.webhook(event)
    items = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [item.kind for item in items] == [WorkKind.REFUND_CAME_BACK]
    say = partial(confirm_resent, refund_id=refund_id, actor_id=admin, now=counter.now)
    assert (counter.read(say), counter.read(say)) == (Said.BOOKED, Said.BEFORE)
    assert counter.read(lambda session: payment_work(session, now=counter.now).items) == []
    fen = counter.order_row(paid).total_fen
    booked = counter.read(account_balances)
    assert booked[Account.BANK] == -fen
    assert booked[Account.REFUNDS_BORNE] == fen


def test_a_large_refund_that_came_back_is_sent_another_way_by_two_persons(counter, lab, paid, admin, another):
    """One person's word is a proposal: neither the books nor the work list say that it left."""
    counter.read(
        lambda s: set_shop_settings(s, {"second_person_above_yuan": "0"}, actor_id=None, now=counter.now)
    )
    refund_id = ask(counter, paid, "form", actor_id=admin)
    counter.reconcile()
    lab.control(f"refunds/{lab.refunds()[0]['id']}/settle", outcome="failed")
    for event in lab.events("refund."):
        counter.webhook(event)
    say = partial(confirm_resent, refund_id=refund_id, now=counter.now)
    assert counter.read(partial(say, actor_id=admin, sent_as="HK-7")) is Said.WAITS
    assert counter.read(partial(say, actor_id=admin)) is Said.WAITS
    assert Account.BANK not in counter.read(account_balances)
    [proposal] = counter.read(waiting_proposals).items
    assert (proposal.is_refund, proposal.instead, proposal.sent_as) == (True, True, "HK-7")
    with pytest.raises(NotByOnePerson):
        counter.read(partial(agree_to, proposal_id=proposal.id, actor_id=admin, now=counter.now))
    agree = partial(agree_to, proposal_id=proposal.id, actor_id=another, now=counter.now)
    assert [counter.read(agree), counter.read(agree)] == [RefundStatus.SUCCEEDED] * 2
    assert counter.read(partial(say, actor_id=admin)) is Said.BEFORE
    assert counter.read(account_balances)[Account.BANK] == -counter.order_row(paid).total_fen
    assert counter.read(lambda session: payment_work(session, now=counter.now).items) == []


def test_a_refund_made_elsewhere_is_noted_for_a_person(counter, lab, paid):
    payment = counter.payments(paid)[0]
    event = {
        "id": "evt_dashboard",
        "object": "event",
        "type": "refund.created",
        "data": {
            "object": {
                "id": "re_x", "object": "refund", "payment_intent": payment.charge_ref, "amount": 100,
                "metadata": {}, "status": "succeeded",
            }
        },
    }  # fmt: skip
    counter.webhook(event)
    counter.webhook(event)
    assert counter.history(paid).count("refunded_elsewhere") == 1


def test_no_more_is_asked_back_than_came_in(counter, paid):
    ask(counter, paid, "form")
    payment = counter.payments(paid)[0]
    assert payment.refunding_fen == payment.received_fen
    with pytest.raises(RefundTooLarge):
        counter.unit_of_work.run(partial(more_than_came_in, payment_id=payment.id, now=counter.now))
    assert payment.status is PaymentStatus.SUCCEEDED


def more_than_came_in(session, payment_id, now):
    payment = session.get_one(Payment, payment_id)
    write_refund(
        session, payment, amount_fen=1, bearer=RefundBearer.SHOP, reason="one more", token="t", now=now
    )
