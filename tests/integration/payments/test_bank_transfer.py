"""Transfers: a person sees the money, and says so once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.models import AuditEntry
from shop.accounts.shop_settings import set_shop_settings
from shop.catalogue.models import Seller
from shop.delivery.models import Run
from shop.kit.clock import in_shanghai
from shop.ordering.models import OrderStatus
from shop.payments.bank import confirm_transfer, confirm_transfer_back
from shop.payments.cancelling import CancelOutcome
from shop.payments.errors import AccountNeeded, ProviderUnavailable, TooLateForMethod, WrongTransferAmount
from shop.payments.models import PaymentStatus, RefundStatus
from shop.payments.second_person import waiting_proposals
from shop.payments.statements.errors import LineUsed, NotTheWholeAmount, OwnStatement
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines, set_aside
from shop.payments.statements.models import LineStatus, StatementLine
from shop.payments.transfer_list import find_transfers
from shop.payments.work_list import WorkKind, payment_work
from tests.factories.people import make_person
from tests.factories.statements import as_csv, rows_of


@pytest.fixture
def lab(fake_stripe):
    return fake_stripe


@pytest.fixture(autouse=True)
def seller(counter):
    def give_account(session):
        seller = session.scalars(sa.select(Seller)).one()
        seller.bank_name, seller.bank_account = "平利农商行", "6217000011112222333"

    counter.read(give_account)


@pytest.fixture
def attempt(counter, seller):
    return counter.start(counter.order(method="bank_transfer"))


def confirm(counter, attempt, admin, fen=None):
    return counter.unit_of_work.run(
        partial(
            confirm_transfer,
            payment_id=attempt.id,
            received_fen=attempt.amount_fen if fen is None else fen,
            actor_id=admin,
            now=counter.now,
        )
    )


def test_the_buyer_is_told_where_to_and_until_when(counter, seller):
    attempt = counter.start(counter.order(method="bank_transfer", courier=True))
    assert attempt.request == {"payee": "平利合作社", "bank": "平利农商行", "number": "6217000011112222333"}
    last = in_shanghai(attempt.expires_at)
    assert (last.hour, last.minute) == (23, 59)
    assert last.weekday() < 5
    assert last - counter.now >= timedelta(days=5)


def test_the_shops_own_account_goes_before_the_sellers(counter, admin):
    typed = {"bank_payee": "某某大学", "bank_name": "工行", "bank_number": "1000200030004000"}
    counter.unit_of_work.run(partial(set_shop_settings, typed=typed, actor_id=admin, now=counter.now))
    attempt = counter.start(counter.order(method="bank_transfer"))
    assert attempt.request["number"] == "1000200030004000"


def test_without_any_account_nothing_begins(counter):
    counter.read(lambda session: setattr(session.scalars(sa.select(Seller)).one(), "bank_account", ""))
    order_id = counter.order(method="bank_transfer")
    with pytest.raises(ProviderUnavailable):
        counter.start(order_id)
    assert counter.payments(order_id)[0].failure == "no_bank_account"


def test_confirming_twice_confirms_once_and_is_audited(counter, attempt, admin):
    assert confirm(counter, attempt, admin) is PaymentStatus.SUCCEEDED
    assert confirm(counter, attempt, admin) is PaymentStatus.SUCCEEDED
    assert counter.order_row(attempt.order_id).status is OrderStatus.CONFIRMED
    actions = counter.read(lambda session: list(session.scalars(sa.select(AuditEntry.action))))
    assert actions.count("transfer.confirmed") == 1
    assert counter.payments(attempt.order_id)[0].confirmed_by_id == admin


def test_a_transfer_for_a_truck_ends_with_its_cutoff(counter, attempt):
    cutoff_at = counter.read(lambda session: session.get_one(Run, counter.shop.run_id).cutoff_at)
    assert attempt.expires_at == cutoff_at
    counter.now = cutoff_at + timedelta(minutes=1)
    counter.reconcile()
    assert counter.order_row(attempt.order_id).status is OrderStatus.CANCELLED


def test_changing_the_method_to_and_fro_gives_a_transfer_no_more_days(counter, seller):
    order_id = counter.order(method="bank_transfer", courier=True)
    first = counter.start(order_id)
    counter.wait(days=2)
    counter.start(order_id, "sandbox")
    assert counter.start(order_id, "bank_transfer").expires_at == first.expires_at


def test_after_its_days_no_transfer_begins_and_an_open_page_stays_open(counter, seller):
    order_id = counter.order(method="sandbox", as_account=True)
    cutoff_at = counter.read(lambda session: session.get_one(Run, counter.shop.run_id).cutoff_at)
    counter.now = cutoff_at - timedelta(minutes=5)
    page = counter.start(order_id)
    counter.wait(minutes=6)
    with pytest.raises(TooLateForMethod):
        counter.start(order_id, "bank_transfer")
    assert counter.start(order_id).id == page.id


def test_a_guest_cannot_begin_a_transfer(counter, seller):
    order_id = counter.order(method="sandbox")
    page = counter.start(order_id)
    with pytest.raises(AccountNeeded):
        counter.start(order_id, "bank_transfer")
    assert counter.start(order_id).id == page.id


@pytest.mark.parametrize("fen", [0, 1, 6799, 6801])
def test_another_amount_is_not_confirmed(counter, attempt, admin, fen):
    with pytest.raises(WrongTransferAmount):
        confirm(counter, attempt, admin, fen)
    assert counter.payments(attempt.order_id)[0].status is PaymentStatus.PENDING


def test_it_holds_for_its_working_days_and_then_frees_its_stock(counter, attempt):
    counter.now = attempt.expires_at - timedelta(minutes=1)
    counter.reconcile()
    assert counter.order_row(attempt.order_id).status is OrderStatus.AWAITING_PAYMENT
    counter.wait(minutes=2)
    counter.reconcile()
    assert counter.order_row(attempt.order_id).status is OrderStatus.CANCELLED


def test_a_transfer_that_comes_late_revives_the_order(counter, attempt, admin):
    counter.now = attempt.expires_at + timedelta(minutes=1)
    counter.reconcile()
    since = counter.now - timedelta(days=30)
    waiting = counter.read(lambda session: find_transfers(session, expired_since=since).items)
    assert [one.status for one in waiting] == [PaymentStatus.EXPIRED]
    counter.now = counter.shop.now + timedelta(hours=1)
    assert confirm(counter, attempt, admin) is PaymentStatus.SUCCEEDED


def test_money_of_a_cancelled_transfer_is_sent_back_by_a_person(counter, attempt, admin):
    assert counter.cancel(attempt.order_id) is CancelOutcome.CANCELLED
    assert confirm(counter, attempt, admin) is PaymentStatus.ORPHANED
    counter.reconcile()
    (refund,) = counter.refunds(attempt.order_id)
    assert refund.status is RefundStatus.PENDING
    work = counter.read(lambda session: payment_work(session, now=counter.now).items)
    assert [item.kind for item in work] == [WorkKind.TRANSFER_BACK]
    sent = partial(confirm_transfer_back, refund_id=refund.id, actor_id=admin, now=counter.now)
    assert counter.unit_of_work.run(sent) is RefundStatus.SUCCEEDED
    assert counter.unit_of_work.run(sent) is RefundStatus.SUCCEEDED
    assert counter.read(lambda session: payment_work(session, now=counter.now).items) == []


def limit(counter, yuan):
    typed = {"second_person_above_yuan": str(yuan)}
    counter.unit_of_work.run(partial(set_shop_settings, typed=typed, actor_id=None, now=counter.now))


@pytest.mark.parametrize(("yuan", "status"), [(68, PaymentStatus.SUCCEEDED), (67, PaymentStatus.PENDING)])
def test_a_second_person_is_needed_from_more_than_the_limit(counter, attempt, admin, yuan, status):
    limit(counter, yuan)
    assert confirm(counter, attempt, admin) is status


def test_a_large_receipt_for_small_orders_needs_two_persons(counter, attempt, admin):
    limit(counter, 100)
    day = counter.now.date().isoformat()
    file = open_statement(as_csv(rows_of([(day, "S1", "100.01", "某某大学", "几单一起")])))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x", actor_id=admin)
    counter.read(lambda session: work(session, now=counter.now))
    (line_id,) = counter.read(lambda session: list(session.scalars(sa.select(StatementLine.id))))
    pay = partial(pay_with_lines, payment_id=attempt.id, parts={line_id: 6800}, actor_id=admin)
    assert counter.read(lambda session: pay(session, now=counter.now)) is PaymentStatus.PENDING
    proposals = counter.read(waiting_proposals).items
    assert [one.amount_fen for one in proposals] == [6800]


def test_a_receipt_that_is_set_aside_pays_nothing(counter, attempt, admin):
    day = counter.now.date().isoformat()
    file = open_statement(as_csv(rows_of([(day, "S1", "68.00", "某某大学", "")])))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x", actor_id=admin)
    counter.read(lambda session: work(session, now=counter.now))
    (line_id,) = counter.read(lambda session: list(session.scalars(sa.select(StatementLine.id))))
    who = {"actor_id": admin, "now": counter.now}
    counter.read(lambda session: set_aside(session, line_id, "不是我们的", **who))
    with pytest.raises(LineUsed):
        counter.read(lambda session: pay_with_lines(session, attempt.id, {line_id: 6800}, **who))
    assert counter.payments(attempt.order_id)[0].status is PaymentStatus.PENDING


def test_above_the_limit_somebody_else_sets_aside_than_who_imported(counter, unit_of_work, admin):
    limit(counter, 100)
    second = make_person(unit_of_work, "second@shop.example").id
    day = counter.now.date().isoformat()
    file = open_statement(as_csv(rows_of([(day, "S1", "100.01", "某某大学", "押金")])))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x", actor_id=admin)
    counter.read(lambda session: work(session, now=counter.now))
    (line_id,) = counter.read(lambda session: list(session.scalars(sa.select(StatementLine.id))))
    put = partial(set_aside, line_id=line_id, reason="押金", now=counter.now)
    with pytest.raises(OwnStatement):
        counter.read(partial(put, actor_id=admin))
    counter.read(partial(put, actor_id=second))
    assert (
        counter.read(lambda session: session.get_one(StatementLine, line_id).status) is LineStatus.SET_ASIDE
    )


def test_a_part_of_an_amount_is_never_put_to_a_payment(counter, attempt, admin):
    day = counter.now.date().isoformat()
    file = open_statement(as_csv(rows_of([(day, "S1", "500.00", "某某大学", "")])))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x", actor_id=admin)
    counter.read(lambda session: work(session, now=counter.now))
    (line_id,) = counter.read(lambda session: list(session.scalars(sa.select(StatementLine.id))))
    for parts in ({line_id: 6799}, {line_id: 6801}, {line_id: 0}, {}):
        pay = partial(pay_with_lines, payment_id=attempt.id, parts=parts, actor_id=admin, now=counter.now)
        with pytest.raises(NotTheWholeAmount):
            counter.read(pay)
    assert counter.payments(attempt.order_id)[0].status is PaymentStatus.PENDING
