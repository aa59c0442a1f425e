"""A buyer's bank takes money back, or somebody refunds in Stripe's own pages: the books and the team learn of it."""

from __future__ import annotations

import itertools
from functools import partial

import pytest
import sqlalchemy as sa

from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import OrderStatus
from shop.payments.cancelling import CancelOutcome
from shop.payments.errors import PaymentDisputed
from shop.payments.models import Dispute, DisputeStatus, RefundBearer, RefundStatus
from shop.payments.payment_desk import refundable_fen
from shop.payments.whole_refunds import refund_in_full
from shop.payments.work_list import WorkKind, payment_work


@pytest.fixture
def paid(counter, lab) -> int:
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.pay(attempt.provider_ref)
    counter.reconcile()
    return order_id


def charge_of(counter, lab, order_id: int) -> str:
    intent = counter.payments(order_id)[0].charge_ref
    objects = lab.control("state")["objects"]
    return next(one["id"] for one in objects if one["object"] == "charge" and one["payment_intent"] == intent)


def dispute(counter, lab, order_id: int, outcome: str = "open") -> None:
    lab.control(f"charges/{charge_of(counter, lab, order_id)}/dispute", outcome=outcome)


def disputes(counter) -> list[Dispute]:
    return counter.read(lambda session: list(session.scalars(sa.select(Dispute))))


def booked(counter) -> dict[Account, int]:
    """What entries about disputes left on each account."""
    statement = (
        sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(JournalEntry.kind == EntryKind.DISPUTE)
        .group_by(Posting.account)
    )
    return counter.read(
        lambda session: {account: int(fen) for account, fen in session.execute(statement) if fen}
    )


def work(counter) -> list[WorkKind]:
    return [item.kind for item in counter.read(lambda session: payment_work(session, now=counter.now).items)]


def by_webhook(counter, lab) -> None:
    for event in lab.events("charge.dispute."):
        counter.webhook(event)


def by_asking(counter, _lab) -> None:
    counter.reconcile()


@pytest.mark.parametrize("hear", [by_webhook, by_asking])
def test_an_open_dispute_waits_for_a_person_and_its_money_is_with_the_bank(counter, lab, paid, hear):
    dispute(counter, lab, paid)
    hear(counter, lab)
    fen = counter.order_row(paid).total_fen
    assert [(one.status, one.withdrawn_fen) for one in disputes(counter)] == [(DisputeStatus.OPEN, fen)]
    assert booked(counter) == {Account.DISPUTED: fen, Account.PROVIDER_CLEARING: -fen}
    assert work(counter) == [WorkKind.DISPUTED]
    assert counter.history(paid).count("dispute_opened") == 1


@pytest.mark.parametrize("hear", [by_webhook, by_asking])
def test_a_won_dispute_leaves_everything_as_it_was(counter, lab, paid, hear):
    dispute(counter, lab, paid)
    hear(counter, lab)
    dispute(counter, lab, paid, "won")
    hear(counter, lab)
    assert [one.status for one in disputes(counter)] == [DisputeStatus.WON]
    assert booked(counter) == {}
    assert work(counter) == []
    assert counter.history(paid).count("dispute_won") == 1


@pytest.mark.parametrize("hear", [by_webhook, by_asking])
def test_a_lost_dispute_is_borne_by_the_shop(counter, lab, paid, hear):
    dispute(counter, lab, paid)
    hear(counter, lab)
    dispute(counter, lab, paid, "lost")
    hear(counter, lab)
    fen = counter.order_row(paid).total_fen
    assert booked(counter) == {Account.REFUNDS_BORNE: fen, Account.PROVIDER_CLEARING: -fen}
    assert work(counter) == []


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_words_of_a_dispute_in_any_order_and_twice_end_the_same(counter, lab, paid, outcome):
    dispute(counter, lab, paid, outcome)
    events = lab.events("charge.dispute.")
    for event in itertools.chain(reversed(events), events, reversed(events)):
        counter.webhook(event)
    counter.reconcile()
    assert [one.status for one in disputes(counter)] == [DisputeStatus(outcome)]
    assert counter.history(paid).count("dispute_opened") == 1
    assert counter.history(paid).count(f"dispute_{outcome}") == 1


def test_a_dispute_that_was_over_before_we_heard_of_it_is_booked_as_it_ended(counter, lab, paid):
    dispute(counter, lab, paid, "lost")
    counter.reconcile()
    fen = counter.order_row(paid).total_fen
    assert booked(counter) == {Account.REFUNDS_BORNE: fen, Account.PROVIDER_CLEARING: -fen}


def test_an_inquiry_takes_nothing_until_it_becomes_a_dispute(counter, lab, paid):
    dispute(counter, lab, paid)
    event = lab.events("charge.dispute.created")[0]
    asks = event | {
        "id": "evt_asks",
        "data": {"object": event["data"]["object"] | {"status": "warning_needs_response"}},
    }
    counter.webhook(asks)
    assert [one.withdrawn_fen for one in disputes(counter)] == [0]
    assert booked(counter) == {}
    counter.webhook(event)
    assert booked(counter)[Account.DISPUTED] == counter.order_row(paid).total_fen


def test_disputed_money_is_not_sent_back_a_second_way(counter, lab, paid, admin):
    dispute(counter, lab, paid)
    counter.reconcile()
    ask = partial(
        refund_in_full, order_id=paid, bearer=RefundBearer.SHOP, reason="broken", actor_id=admin, token="t",
        now=counter.now,
    )  # fmt: skip
    with pytest.raises(PaymentDisputed):
        counter.read(ask)
    assert counter.read(lambda session: refundable_fen(session, paid)) == 0
    dispute(counter, lab, paid, "won")
    counter.reconcile()
    assert counter.read(lambda session: refundable_fen(session, paid)) == counter.order_row(paid).total_fen


@pytest.mark.parametrize("hear", ["refund.", None])
def test_a_refund_made_in_stripes_own_pages_is_booked_and_the_shop_bears_it(counter, lab, paid, hear):
    intent = counter.payments(paid)[0].charge_ref
    lab.control("refund", payment_intent=intent, amount=100)
    if hear:
        for event in [*lab.events(hear), *lab.events(hear)]:
            counter.webhook(event)
    counter.reconcile()
    counter.reconcile()
    refunds = counter.refunds(paid)
    assert [(one.status, one.amount_fen, one.bearer) for one in refunds] == [
        (RefundStatus.SUCCEEDED, 100, RefundBearer.SHOP)
    ]
    assert counter.order_row(paid).refunded_fen == 100
    assert counter.payments(paid)[0].refunding_fen == 100
    assert counter.history(paid).count("refunded_elsewhere") == 1


def test_after_a_part_was_refunded_elsewhere_only_the_rest_can_go_back(counter, lab, paid):
    lab.control("refund", payment_intent=counter.payments(paid)[0].charge_ref, amount=100)
    counter.reconcile()
    outcome = counter.cancel(paid, also_confirmed=True)
    counter.reconcile()
    assert outcome is CancelOutcome.REFUNDING
    order = counter.order_row(paid)
    assert (order.status, order.refunded_fen) == (OrderStatus.CANCELLED, order.total_fen)
    assert sum(one["amount"] for one in lab.refunds()) == order.total_fen
