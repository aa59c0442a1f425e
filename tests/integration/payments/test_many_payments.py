"""However many payments wait, none is lost from sight and none takes another provider's turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.shop_settings import set_shop_settings
from shop.ordering.models import OrderStatus
from shop.payments import reconciling
from shop.payments.models import Payment, PaymentStatus
from shop.payments.reconciling import reconcile
from shop.payments.transfer_list import find_transfers, first_transfers
from shop.payments.work_list import first_payment_work, payment_work
from shop.storage.paging import PAGE_SIZE

MANY = PAGE_SIZE + 3


@pytest.fixture
def lab(fake_stripe):
    fake_stripe.control("reset")
    return fake_stripe


@pytest.fixture(autouse=True)
def account(counter):
    typed = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    counter.read(lambda session: set_shop_settings(session, typed, actor_id=None, now=counter.now))


@pytest.fixture
def copies(counter):
    """More payments like this one, each of an order of its own, a second apart; the ids are in their order."""

    def _copies(payment_id, how_many, **changes):
        def add(session):
            columns = [column.name for column in sa.inspect(Payment).columns if column.name != "id"]
            one = session.get_one(Payment, payment_id)
            facts = {name: getattr(one, name) for name in columns}
            for number in range(how_many):
                later = timedelta(seconds=number + 1)
                given = facts | {
                    "attempt": 100 + number, "reference": f"COPY{number:05}", "provider_ref": None,
                    "expires_at": facts["expires_at"] + later, "created_at": facts["created_at"] + later,
                    "status": PaymentStatus.EXPIRED, "ended_at": counter.now + later,
                }  # fmt: skip
                session.add(Payment(**given | changes))

        counter.read(add)

    return _copies


def found(counter, asked="", page=1):
    since = counter.now - timedelta(days=60)
    return counter.read(lambda session: find_transfers(session, asked, expired_since=since, page=page))


def test_the_newest_transfer_is_found_behind_a_thousand_dead_ones(counter, copies):
    first = counter.start(counter.order(method="bank_transfer"))
    copies(first.id, MANY)
    newest = counter.start(counter.order({"tea": 3}, method="bank_transfer"))
    order = counter.order_row(newest.order_id)
    for asked in (
        newest.reference,
        newest.reference[2:9].lower(),
        order.number,
        f"¥{order.total_fen / 100:.2f}",
    ):
        assert [one.reference for one in found(counter, asked).items] == [newest.reference]
    assert found(counter, "%").items == []


def test_what_may_still_be_paid_stands_first_and_every_page_has_its_own(counter, copies):
    first = counter.start(counter.order(method="bank_transfer"))
    copies(first.id, MANY)
    newest = counter.start(counter.order(method="bank_transfer"))
    pages = [found(counter, page=number) for number in (1, 2)]
    assert pages[0].total == MANY + 2
    shown = [one.reference for page in pages for one in page.items]
    assert shown[:3] == [first.reference, newest.reference, f"COPY{MANY - 1:05}"]
    assert len(set(shown)) == MANY + 2


def test_the_desk_counts_open_transfers_and_their_money(counter, copies):
    first = counter.start(counter.order(method="bank_transfer"))
    copies(first.id, 3)
    counter.start(counter.order(method="bank_transfer"))
    few = counter.read(lambda session: first_transfers(session, most=1))
    assert (few.total, [one.reference for one in few.items]) == (2, [first.reference])
    assert few.added == 2 * first.amount_fen


def test_a_crowd_of_waiting_transfers_does_not_keep_a_dead_session_holding_stock(counter, lab, monkeypatch):
    monkeypatch.setattr(reconciling, "BATCH", 2)
    for _ in range(3):
        counter.start(counter.order(method="bank_transfer"))
    order_id = counter.order()
    attempt = counter.start(order_id)
    lab.control(f"sessions/{attempt.provider_ref}/expire")
    counter.wait(minutes=32)
    report = reconcile(counter.unit_of_work, counter.providers, now=counter.now)
    assert report.asked == 1, "before its time is over there is nothing to hear of a transfer"
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED


def test_a_crowd_at_one_provider_leaves_the_others_their_turn(counter, lab, monkeypatch):
    monkeypatch.setattr(reconciling, "BATCH", 1)
    for _ in range(2):
        counter.start(counter.order(method="sandbox"))
    order_id = counter.order()
    lab.control(f"sessions/{counter.start(order_id).provider_ref}/expire")
    counter.wait(minutes=10)
    report = reconcile(counter.unit_of_work, counter.providers, now=counter.now)
    assert report.asked == 2
    assert counter.order_row(order_id).status is OrderStatus.CANCELLED


def test_money_that_needs_a_person_comes_in_pages_the_oldest_first(counter, copies):
    first = counter.start(counter.order(method="sandbox"))
    copies(
        first.id,
        MANY,
        status=PaymentStatus.ORPHANED,
        failure="wrong_amount",
        received_fen=None,
        ended_at=None,
    )
    work = [
        counter.read(lambda session, number=number: payment_work(session, now=counter.now, page=number))
        for number in (1, 2)
    ]
    assert [page.total for page in work] == [MANY, MANY]
    since = [item.since for page in work for item in page.items]
    assert since == sorted(since)
    assert len(since) == MANY
    few = counter.read(lambda session: first_payment_work(session, now=counter.now, most=5))
    assert (few.total, few.added) == (MANY, MANY * first.amount_fen)
    assert [one.since for one in few.items] == since[:5]
