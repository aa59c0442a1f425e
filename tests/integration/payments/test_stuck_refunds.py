"""Refunds that do not arrive by themselves: each stands before a person, and none holds up the others."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.shop_settings import set_shop_settings
from shop.ledger.account_list import account_balances
from shop.ledger.models import Account
from shop.payments.bank import agree_to
from shop.payments.errors import ProposalTakenBack, ProviderUnavailable, RefundUnderWay, SaidToBeSent
from shop.payments.models import Payment, Refund, RefundBearer, RefundStatus
from shop.payments.refunds import retry_refund
from shop.payments.resending import Said, confirm_sent_instead
from shop.payments.sandbox.models import SandboxSession
from shop.payments.sandbox.till import Button, press
from shop.payments.second_person import waiting_proposals, withdraw
from shop.payments.whole_refunds import refund_in_full
from shop.payments.work_list import WorkKind, payment_work


@pytest.fixture
def desk(wallets):
    """A shop whose pretended provider is asked as the real ones are."""
    return wallets


@pytest.fixture
def finance(desk):
    """The id of somebody who handles money."""

    def add(session):
        roles = [UserRole(role=RoleName.ADMIN), UserRole(role=RoleName.FINANCE)]
        person = User(
            name="f",
            email="f@shop.example",
            password_hash="",
            confirmed_at=desk.now,
            roles=roles,
            created_at=desk.now,
        )
        session.add(person)
        session.flush()
        return person.id

    return desk.read(add)


@pytest.fixture
def pay(desk):
    """An order that was paid at the pretended provider."""

    def _pay() -> int:
        order_id = desk.order(method="sandbox")
        attempt = desk.start(order_id)
        desk.read(partial(press, token=attempt.provider_ref, button=Button.SUCCEED, now=desk.now))
        desk.sync(attempt.id)
        return order_id

    return _pay


def ask(desk, order_id):
    refund = partial(refund_in_full, bearer=RefundBearer.SHOP, reason="bad eggs", actor_id=None, token="t")
    return desk.read(partial(refund, order_id=order_id, now=desk.now))


def work(desk):
    return [
        (item.kind, item.refund_id)
        for item in desk.read(partial(payment_work, now=desk.now)).items
        if item.refund_id is not None
    ]


def status_of(desk, order_id):
    return [refund.status for refund in desk.refunds(order_id)]


def forget(desk, order_id):
    """The provider knows nothing of the order's payment any more."""
    [payment] = desk.payments(order_id)
    desk.read(
        lambda s: s.execute(sa.delete(SandboxSession).where(SandboxSession.token == payment.provider_ref))
    )


def nobody(desk, name):
    """The provider is not configured any more, so nobody can be asked."""
    desk.providers = {key: one for key, one in desk.providers.items() if key != name}


def test_a_refund_that_its_provider_cannot_find_fails_to_a_person_and_the_others_go(desk, pay):
    lost, sound = pay(), pay()
    forget(desk, lost)
    refund_id = ask(desk, lost)
    ask(desk, sound)
    desk.reconcile()
    assert status_of(desk, sound) == [RefundStatus.SUCCEEDED]
    [refund] = desk.refunds(lost)
    assert (refund.status, refund.failure) == (RefundStatus.FAILED, "no_charge")
    assert work(desk) == [(WorkKind.REFUND_FAILED, refund_id)]


def test_a_payment_that_its_provider_has_forgotten_does_not_end_the_run(desk, pay):
    order_id, sound = desk.order(method="sandbox"), pay()
    desk.start(order_id)
    forget(desk, order_id)
    ask(desk, sound)
    assert desk.reconcile().unanswered == 1
    assert status_of(desk, sound) == [RefundStatus.SUCCEEDED]


def test_a_refund_that_has_not_left_after_an_hour_stands_before_a_person(desk, pay):
    refund_id = ask(desk, pay())
    nobody(desk, "sandbox")
    desk.reconcile()
    assert work(desk) == []
    desk.wait(hours=1)
    desk.reconcile()
    assert work(desk) == [(WorkKind.REFUND_UNSENT, refund_id)]


def test_a_refund_that_a_provider_works_on_for_an_hour_stands_there_too(desk, wechat):
    order_id = desk.order(method="wechat")
    attempt = desk.start(order_id)
    wechat.pay(attempt.reference)
    desk.sync(attempt.id)
    refund_id = ask(desk, order_id)
    wechat.refund_status = "PROCESSING"
    desk.reconcile()
    assert work(desk) == []
    desk.wait(hours=1)
    assert work(desk) == [(WorkKind.REFUND_SLOW, refund_id)]


@pytest.fixture
def failed(desk, pay):
    """An order whose refund its provider will never make."""
    order_id = pay()
    forget(desk, order_id)
    ask(desk, order_id)
    desk.reconcile()
    return order_id


def sent(desk, refund_id, admin_id):
    return desk.read(partial(confirm_sent_instead, failed_id=refund_id, actor_id=admin_id, now=desk.now))


def test_a_failed_refund_that_was_sent_from_our_bank_is_settled_and_booked_once(desk, failed, finance):
    [refund] = desk.refunds(failed)
    assert [sent(desk, refund.id, finance), sent(desk, refund.id, finance)] == [Said.BOOKED, Said.BEFORE]
    assert status_of(desk, failed) == [RefundStatus.FAILED, RefundStatus.SUCCEEDED]
    assert work(desk) == []
    fen = desk.order_row(failed).total_fen
    assert desk.order_row(failed).refunded_fen == fen
    booked = desk.read(account_balances)
    assert (booked[Account.BANK], booked[Account.REFUNDS_BORNE]) == (-fen, fen)


@pytest.fixture
def two_persons(desk):
    """Every word about money that left needs a second one."""
    wanted = {"second_person_above_yuan": "0"}
    desk.read(lambda s: set_shop_settings(s, wanted, actor_id=None, now=desk.now))


def another(desk) -> int:
    def add(session):
        person = User(
            name="g", email="g@shop.example", password_hash="", confirmed_at=desk.now, created_at=desk.now
        )
        session.add(person)
        session.flush()
        return person.id

    return desk.read(add)


@pytest.mark.usefixtures("two_persons")
def test_above_the_limit_two_persons_say_that_a_failed_refund_was_sent_from_our_bank(desk, failed, finance):
    [refund] = desk.refunds(failed)
    assert sent(desk, refund.id, finance) is Said.WAITS
    assert status_of(desk, failed) == [RefundStatus.FAILED]
    assert work(desk) == [(WorkKind.REFUND_FAILED, refund.id)], "nothing has settled it"
    with pytest.raises(SaidToBeSent):
        desk.read(partial(retry_refund, refund_id=refund.id, actor_id=finance, now=desk.now))
    assert sent(desk, refund.id, another(desk)) is Said.BOOKED
    assert status_of(desk, failed) == [RefundStatus.FAILED, RefundStatus.SUCCEEDED]
    assert desk.read(account_balances)[Account.BANK] == -desk.order_row(failed).total_fen
    assert desk.read(waiting_proposals).total == 0


@pytest.mark.usefixtures("two_persons")
def test_who_takes_the_word_back_lets_the_provider_be_asked_again(desk, failed, finance):
    [refund] = desk.refunds(failed)
    sent(desk, refund.id, finance)
    [proposal] = desk.read(waiting_proposals).items
    desk.read(partial(withdraw, proposal_id=proposal.id, actor_id=finance, now=desk.now))
    desk.read(partial(retry_refund, refund_id=refund.id, actor_id=finance, now=desk.now))
    with pytest.raises(ProposalTakenBack):
        desk.read(partial(agree_to, proposal_id=proposal.id, actor_id=another(desk), now=desk.now))
    assert RefundStatus.SUCCEEDED not in status_of(desk, failed)


def test_a_failed_refund_that_the_provider_was_asked_for_again_is_not_sent_beside_it(desk, failed, finance):
    [refund] = desk.refunds(failed)
    desk.read(partial(retry_refund, refund_id=refund.id, actor_id=finance, now=desk.now))
    with pytest.raises(RefundUnderWay):
        sent(desk, refund.id, finance)


def test_a_question_that_stripe_refuses_says_nothing_and_a_payment_it_does_not_know_has_failed(counter, lab):
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref)
    counter.sync(attempt.id)
    counter.read(lambda s: s.execute(sa.update(Payment).values(charge_ref="pi_of_another_account")))
    ask(counter, order_id)
    counter.read(lambda s: s.execute(sa.update(Refund).values(asked_at=counter.now)))
    counter.reconcile()
    assert status_of(counter, order_id) == [RefundStatus.FAILED]
    api = lab.provider.api
    with pytest.raises(ProviderUnavailable):
        api.refund("re_of_another_account")
