"""Money that came and belongs to no order: every fen of it stands in the books, until it found its place or went back."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.money import share
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.receipt_booking import place_receipts
from shop.payments.bank import agree_to, confirm_transfer_back
from shop.payments.elsewhere import write_down_elsewhere
from shop.payments.errors import PaymentDisputed
from shop.payments.events import OrphanReturned, PaymentOrphaned
from shop.payments.models import Dispute, DisputeStatus, Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.outcome import apply_state
from shop.payments.providers.base import AttemptStatus, ProviderState, RefundState
from shop.payments.providers.sandbox import FEE_BP
from shop.payments.refund_settling import apply_refund_state
from shop.payments.refunds import retry_refund
from shop.payments.resending import confirm_resent, confirm_sent_instead
from shop.payments.second_person import withdraw
from shop.payments.statements.errors import RestSentBack
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines, take_up_again
from shop.payments.statements.models import LineStatus, Proposal, RestNote, StatementLine
from shop.payments.statements.rests import put_rest
from shop.payments.statements.sending_back import agree_to_note
from shop.payments.work_list import payment_work
from shop.reports.all_reports import find_report
from shop.reports.definition import Span
from shop.reports.running import totals
from shop.storage.event_log import record
from tests.factories.counting import counted_statements
from tests.factories.money_steps import (
    bring_receipts,
    dispute,
    pay_called_off,
    pay_twice,
    pay_with_receipt,
    put_receipt_aside,
    take_receipt_up,
)
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade

TEA = 6800
FEE = share(TEA, FEE_BP, 10_000)
GONE = {Account.PROVIDER_CLEARING: -FEE, Account.FEE_RESERVE: FEE}  # the provider keeps its fee


def balances(trade: Trade, *, order_id: int | None = None) -> dict[Account, int]:
    """Of everything; with `order_id`, of what is not about the sale of that order."""
    sums = (
        sa.select(Posting.account, sa.func.sum(Posting.amount_fen))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .group_by(Posting.account)
    )
    if order_id is not None:
        of_sale = sa.select(sa.literal("fee:payment:") + sa.cast(Payment.id, sa.String)).where(
            Payment.order_id == order_id, Payment.status == PaymentStatus.SUCCEEDED
        )
        is_other = JournalEntry.reference.not_in(of_sale)
        sums = sums.where(JournalEntry.order_id == order_id, JournalEntry.kind != EntryKind.SALE, is_other)
    rows = trade.run(lambda session: session.execute(sums).all())
    return {account: int(fen) for account, fen in rows if fen}


def of_receipts(trade: Trade) -> list[str]:
    wanted = sa.select(JournalEntry.reference).where(JournalEntry.kind == EntryKind.RECEIPT)
    return trade.run(lambda session: list(session.scalars(wanted.order_by(JournalEntry.id))))


def stands(trade: Trade) -> tuple[int, int]:
    """In our bank, and in suspense."""
    found = balances(trade)
    return found.get(Account.BANK, 0), -found.get(Account.SUSPENSE, 0)


def by(trade: Trade) -> dict[str, object]:
    return {"actor_id": trade.admin_id, "now": trade.now}


def orphan(trade: Trade) -> tuple[int, int, int]:
    """An order that was paid twice at a provider: its id, the payment's that is too much, the refund's of it."""
    order_id = trade.order({"tea": 1})
    payment_id = pay_twice(trade, order_id)
    newest = sa.select(sa.func.max(Refund.id)).where(Refund.payment_id == payment_id)
    return order_id, payment_id, trade.run(lambda session: session.scalar(newest))


def hear(trade: Trade, refund_id: int, status: RefundStatus, *, failure: str = "", ref: str = "re_1") -> None:
    state = RefundState(status, provider_ref=ref, failure=failure)
    trade.run(lambda session: apply_refund_state(session, refund_id, state, now=trade.now))


# Payments that no order can use.


def test_what_was_paid_twice_is_in_suspense_until_it_has_gone_back_and_its_fee_is_gone(trade: Trade):
    order_id, payment_id, refund_id = orphan(trade)
    here = {Account.PROVIDER_CLEARING: TEA - FEE, Account.FEE_RESERVE: FEE, Account.SUSPENSE: -TEA}
    assert balances(trade, order_id=order_id) == here
    trade.send_refunds()
    assert balances(trade, order_id=order_id) == GONE
    assert of_receipts(trade) == [f"orphan:payment:{payment_id}", f"refund:{refund_id}"]


def test_payments_by_method_count_what_was_paid_twice_with_its_way_back_and_its_fee(trade: Trade):
    orphan(trade)
    trade.send_refunds()
    today = trade.now.date()
    for name in ("payments-by-method", "payments-received"):
        sums = trade.run(lambda s, name=name: totals(s, find_report(name), Span(today, today), "zh"))[1]
        said = [sums[column] for column in ("received_fen", "refunded_fen", "fee_fen", "left_fen")]
        assert said == [2 * TEA, TEA, 2 * FEE, TEA - 2 * FEE]


def test_hearing_of_it_again_posts_nothing(trade: Trade):
    order_id, payment_id, refund_id = orphan(trade)
    trade.send_refunds()
    before = of_receipts(trade)
    trade.run(lambda session: record(session, PaymentOrphaned(payment_id, order_id)))
    trade.run(lambda session: record(session, OrphanReturned(refund_id, order_id)))
    assert of_receipts(trade) == before


def test_a_transfer_for_an_order_that_was_called_off_is_in_our_bank_until_a_person_sends_it_back(
    trade: Trade,
):
    order_id = trade.order({"tea": 1}, method="bank_transfer")
    pay_called_off(trade, order_id)
    assert balances(trade) == {Account.BANK: TEA, Account.SUSPENSE: -TEA}
    trade.send_refunds()
    assert balances(trade) == {}


def test_a_transfer_by_receipt_that_no_order_can_use_is_counted_once(trade: Trade):
    order_id = trade.order({"tea": 1}, method="bank_transfer")
    (payment,) = trade.payments(order_id)
    (line_id,) = bring_receipts(trade, TEA)
    trade.cancel(order_id)
    trade.run(lambda session: pay_with_lines(session, payment.id, {line_id: TEA}, **by(trade)))
    assert trade.payments(order_id)[0].status is PaymentStatus.ORPHANED
    assert balances(trade) == {Account.BANK: TEA, Account.SUSPENSE: -TEA}
    assert trade.run(lambda session: session.get_one(StatementLine, line_id)).suspense_fen == 0
    trade.send_refunds()
    assert balances(trade) == {}


def test_what_came_back_from_the_buyers_bank_leaves_ours_when_it_is_sent_again(trade: Trade):
    order_id, _, refund_id = orphan(trade)
    hear(trade, refund_id, RefundStatus.SUCCEEDED)
    hear(trade, refund_id, RefundStatus.FAILED, failure="account_closed")
    trade.run(lambda session: confirm_resent(session, refund_id, **by(trade)))
    there = {Account.PROVIDER_CLEARING: TEA - FEE, Account.FEE_RESERVE: FEE, Account.BANK: -TEA}
    assert balances(trade, order_id=order_id) == there


def test_what_its_provider_would_not_send_leaves_our_bank_instead(trade: Trade):
    order_id, _, refund_id = orphan(trade)
    hear(trade, refund_id, RefundStatus.FAILED, failure="refused")
    assert balances(trade, order_id=order_id)[Account.SUSPENSE] == -TEA
    trade.run(lambda session: confirm_sent_instead(session, refund_id, **by(trade)))
    there = {Account.PROVIDER_CLEARING: TEA - FEE, Account.FEE_RESERVE: FEE, Account.BANK: -TEA}
    assert balances(trade, order_id=order_id) == there


@pytest.mark.parametrize("has_failed", [True, False])
def test_what_somebody_sent_in_the_providers_pages_has_gone_back(trade: Trade, has_failed: bool):
    order_id, payment_id, refund_id = orphan(trade)
    if has_failed:
        hear(trade, refund_id, RefundStatus.FAILED, failure="refused", ref="re_0")
    state = RefundState(RefundStatus.SUCCEEDED, provider_ref="re_elsewhere")
    for _ in range(2):
        trade.run(lambda session: write_down_elsewhere(session, payment_id, TEA, state, now=trade.now))
    assert balances(trade, order_id=order_id) == GONE


def test_where_somebody_sent_a_part_in_the_providers_pages_the_rest_goes_back_too(trade: Trade):
    order_id, payment_id, refund_id = orphan(trade)
    state = RefundState(RefundStatus.SUCCEEDED, provider_ref="re_part")

    def told() -> int | None:
        return trade.run(lambda session: write_down_elsewhere(session, payment_id, 100, state, now=trade.now))

    assert told() is None, "our own refund is in its way"
    hear(trade, refund_id, RefundStatus.FAILED, failure="greater than unrefunded amount", ref="re_0")
    assert told() == told()
    assert balances(trade, order_id=order_id)[Account.SUSPENSE] == 100 - TEA
    trade.now += timedelta(minutes=5)
    waiting = sa.select(Refund).where(Refund.status == RefundStatus.REQUESTED)
    (rest,) = trade.run(lambda session: session.scalars(waiting).all())
    assert rest.amount_fen == TEA - 100
    hear(trade, rest.id, RefundStatus.SUCCEEDED, ref="re_rest")
    assert balances(trade, order_id=order_id) == GONE
    assert trade.run(lambda session: payment_work(session, now=trade.now).items) == []


def wrong_money(trade: Trade, received_fen: int, currency: str) -> tuple[int, int]:
    """A provider says that another amount came: the order's id and the refund's."""
    order_id = trade.order({"tea": 1})
    attempt = trade.attempt(order_id)
    state = ProviderState(
        AttemptStatus.SUCCEEDED, received_fen=received_fen, currency=currency, fee_fen=7, charge_ref="ch_1"
    )
    trade.run(lambda session: apply_state(session, attempt.id, state, now=trade.now))
    return order_id, trade.run(lambda session: session.scalar(sa.select(sa.func.max(Refund.id))))


def test_another_amount_than_was_asked_for_is_booked_as_it_came(trade: Trade):
    _, refund_id = wrong_money(trade, TEA - 1, "CNY")
    assert balances(trade) == {
        Account.PROVIDER_CLEARING: TEA - 1 - 7,
        Account.FEE_RESERVE: 7,
        Account.SUSPENSE: 1 - TEA,
    }
    hear(trade, refund_id, RefundStatus.SUCCEEDED)
    assert balances(trade) == {Account.PROVIDER_CLEARING: -7, Account.FEE_RESERVE: 7}


def test_cents_are_never_booked_as_fen_whatever_becomes_of_them(trade: Trade):
    order_id, refund_id = wrong_money(trade, TEA, "USD")
    dispute(trade, order_id, DisputeStatus.OPEN, paid_as=PaymentStatus.ORPHANED)
    dispute(trade, order_id, DisputeStatus.WON, paid_as=PaymentStatus.ORPHANED)
    hear(trade, refund_id, RefundStatus.SUCCEEDED)
    hear(trade, refund_id, RefundStatus.FAILED, failure="account_closed")
    trade.run(lambda session: confirm_resent(session, refund_id, **by(trade)))
    assert balances(trade) == {}


# A buyer's bank asks for it.


def test_a_disputed_orphan_is_with_the_buyers_bank_and_comes_back_when_it_is_won(trade: Trade):
    order_id, _, refund_id = orphan(trade)
    dispute(trade, order_id, DisputeStatus.OPEN, paid_as=PaymentStatus.ORPHANED)
    held = balances(trade, order_id=order_id)
    assert (held[Account.DISPUTED], held[Account.SUSPENSE]) == (TEA, -TEA)
    dispute(trade, order_id, DisputeStatus.WON, paid_as=PaymentStatus.ORPHANED)
    hear(trade, refund_id, RefundStatus.SUCCEEDED)
    assert balances(trade, order_id=order_id) == GONE


def test_a_lost_dispute_of_an_orphan_costs_nobody_anything_and_leaves_no_work(trade: Trade):
    order_id, _, refund_id = orphan(trade)
    dispute(trade, order_id, DisputeStatus.OPEN, paid_as=PaymentStatus.ORPHANED)
    hear(trade, refund_id, RefundStatus.FAILED, failure="charge_disputed")
    dispute(trade, order_id, DisputeStatus.LOST, paid_as=PaymentStatus.ORPHANED)
    assert balances(trade, order_id=order_id) == GONE
    with pytest.raises(PaymentDisputed):
        trade.run(lambda session: retry_refund(session, refund_id, **by(trade)))
    assert trade.run(lambda session: payment_work(session, now=trade.now).items) == []


@pytest.mark.parametrize("refund_first", [True, False])
def test_what_the_buyer_has_twice_the_shop_bears(trade: Trade, refund_first: bool):
    order_id, _, refund_id = orphan(trade)
    steps = [
        lambda: hear(trade, refund_id, RefundStatus.SUCCEEDED),
        lambda: dispute(trade, order_id, DisputeStatus.LOST, paid_as=PaymentStatus.ORPHANED),
    ]
    for step in steps if refund_first else reversed(steps):
        step()
    twice = {**GONE, Account.PROVIDER_CLEARING: -FEE - TEA, Account.REFUNDS_BORNE: TEA}
    assert balances(trade, order_id=order_id) == twice
    (one,) = trade.run(lambda session: session.scalars(sa.select(Dispute)).all())
    assert one.status is DisputeStatus.LOST


# Receipts of bank statements.


def test_a_receipt_is_in_our_bank_and_in_suspense_from_its_import(trade: Trade):
    lines = bring_receipts(trade, 1234, 5678)
    assert stands(trade) == (1234 + 5678, 1234 + 5678)
    assert of_receipts(trade) == [f"receipt:{line_id}:1" for line_id in lines]


def test_what_pays_an_order_leaves_suspense_and_its_rest_stays(trade: Trade):
    line_id = pay_with_receipt(trade, trade.order({"tea": 1}, method="bank_transfer"), over_fen=50)
    assert stands(trade) == (TEA + 50, 50)
    put_receipt_aside(trade, line_id, "rest_kept")
    assert stands(trade) == (TEA + 50, 50)
    take_receipt_up(trade, line_id)
    put_receipt_aside(trade, line_id, "rest_sent_back")
    assert stands(trade) == (TEA, 0)


def test_what_is_not_ours_leaves_our_bank_and_comes_back_when_it_is_taken_up(trade: Trade):
    (line_id,) = bring_receipts(trade, 900)
    put_receipt_aside(trade, line_id)
    assert stands(trade) == (0, 0)
    put_receipt_aside(trade, line_id)
    take_receipt_up(trade, line_id)
    take_receipt_up(trade, line_id)
    assert stands(trade) == (900, 900)
    assert of_receipts(trade) == [f"receipt:{line_id}:{count}" for count in (1, 2, 3)]


def test_a_payment_that_was_confirmed_by_hand_is_there_once_when_its_receipt_is_found(trade: Trade):
    order_id = trade.sell({"tea": 1}, method="bank_transfer")
    (payment,) = trade.payments(order_id)
    (line_id,) = bring_receipts(trade, TEA)
    assert stands(trade) == (2 * TEA, TEA)
    trade.run(lambda session: pay_with_lines(session, payment.id, {line_id: TEA}, **by(trade)))
    assert stands(trade) == (TEA, 0)


def test_a_debt_that_is_paid_by_receipt_is_money_once(trade: Trade):
    order_id = trade.sell_on_terms({"tea": 1})
    debt = trade.debt(order_id)
    (line_id,) = bring_receipts(trade, TEA)
    trade.run(lambda session: pay_with_lines(session, debt.id, {line_id: TEA}, **by(trade)))
    assert stands(trade) == (TEA, 0)


@pytest.fixture
def proposed(trade: Trade) -> tuple[int, int, int]:
    """A receipt pays an order and waits for the second person: line, proposal, and that person."""
    second = trade.run(trade._second_person)
    limit = {"second_person_above_yuan": "0"}
    trade.run(lambda session: set_shop_settings(session, limit, actor_id=None, now=trade.now))
    line_id = pay_with_receipt(trade, trade.order({"tea": 1}, method="bank_transfer"), over_fen=50)
    newest = sa.select(sa.func.max(Proposal.id))
    return line_id, trade.run(lambda session: session.scalar(newest)), second


def send_back(trade: Trade, line_id: int, sent_as: str = "ICBC-1") -> int:
    """Its note, whoever has to say so too."""
    trade.run(lambda session: put_rest(session, line_id, "rest_sent_back", sent_as=sent_as, **by(trade)))
    return trade.run(lambda session: session.scalar(sa.select(sa.func.max(RestNote.id))))


def test_what_waits_for_the_second_person_is_in_suspense_until_both_have_spoken(trade: Trade, proposed):
    line_id, proposal_id, second = proposed
    assert stands(trade) == (TEA + 50, TEA + 50)
    note_id = send_back(trade, line_id)
    assert stands(trade) == (TEA + 50, TEA + 50), "one person alone sends nothing back"
    trade.run(lambda session: agree_to_note(session, note_id, actor_id=second, now=trade.now))
    assert stands(trade) == (TEA, TEA)
    trade.run(lambda session: agree_to(session, proposal_id, actor_id=second, now=trade.now))
    assert stands(trade) == (TEA, 0)


def test_what_is_proposed_and_taken_back_is_open_as_a_whole(trade: Trade, proposed):
    line_id, proposal_id, _ = proposed
    put_receipt_aside(trade, line_id, "rest_kept")
    trade.run(lambda session: withdraw(session, proposal_id, **by(trade)))
    assert stands(trade) == (TEA + 50, TEA + 50)
    assert trade.run(lambda session: session.get_one(StatementLine, line_id)).status is LineStatus.OPEN


def test_a_rest_that_was_sent_back_is_not_opened_by_taking_back_what_its_receipt_pays(trade: Trade, proposed):
    line_id, proposal_id, second = proposed
    note_id = send_back(trade, line_id)
    for agreed in (False, True):
        if agreed:
            trade.run(lambda session: agree_to_note(session, note_id, actor_id=second, now=trade.now))
        with pytest.raises(RestSentBack):
            trade.run(lambda session: withdraw(session, proposal_id, **by(trade)))
    trade.run(lambda session: take_up_again(session, line_id, reason="the bank returned it", **by(trade)))
    again = trade.run(lambda session: session.scalar(sa.select(sa.func.max(RestNote.id))))
    trade.run(lambda session: agree_to_note(session, again, actor_id=second, now=trade.now))
    trade.run(lambda session: withdraw(session, proposal_id, **by(trade)))
    assert stands(trade) == (TEA + 50, TEA + 50)


def test_placing_a_receipt_again_posts_nothing(trade: Trade):
    lines = bring_receipts(trade, 100, 200)
    trade.run(lambda session: place_receipts(session, [*lines, *lines], now=trade.now))
    assert len(of_receipts(trade)) == 2


def test_a_statement_of_a_thousand_lines_is_booked_in_few_statements(trade: Trade):
    day = trade.now.date().isoformat()

    def imported(first: int, count: int) -> int:
        rows = [(day, f"N{n}", "1.00", "某某公司", "货款") for n in range(first, first + count)]
        file = open_statement(as_csv(rows_of(rows)))
        with counted_statements(trade.unit_of_work._engine) as sent:
            trade.run(lambda session: import_statement(session, file, Reading(), file_name="x", **by(trade)))
        return len(sent)

    few, many = imported(0, 10), imported(10, 1000)
    assert stands(trade) == (101_000, 101_000)
    assert many <= few + 20


def test_an_orphan_that_is_heard_of_late_stands_where_it_came(trade: Trade):
    """Its refund is asked for at once, and is in the month in which it succeeded."""
    _, payment_id, refund_id = orphan(trade)
    trade.now += timedelta(days=2)
    hear(trade, refund_id, RefundStatus.SUCCEEDED)
    moments = sa.select(JournalEntry.posted_at).where(
        JournalEntry.reference.in_([f"orphan:payment:{payment_id}", f"refund:{refund_id}"])
    )
    came, went = trade.run(lambda session: session.scalars(moments.order_by(JournalEntry.id)).all())
    assert went - came > timedelta(days=1)


def test_a_transfer_back_that_two_say_is_booked_once(trade: Trade):
    order_id = trade.order({"tea": 1}, method="bank_transfer")
    pay_called_off(trade, order_id)
    refund_id = trade.run(lambda session: session.scalar(sa.select(sa.func.max(Refund.id))))
    for _ in range(2):
        trade.run(lambda session: confirm_transfer_back(session, refund_id, **by(trade)))
    assert balances(trade) == {}
