"""Receipts at which several people stand at once: each fen pays once, whoever is first.

Each race has a twin without the locks that must go red, or the race proves nothing.
"""

from __future__ import annotations

from functools import partial
from itertools import count

import pytest
import sqlalchemy as sa

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.errors import Conflict, ShopError
from shop.payments import bank_names
from shop.payments.bank import agree_to, confirm_transfer, confirm_transfer_back
from shop.payments.models import PaymentStatus
from shop.payments.second_person import withdraw
from shop.payments.statements import matching
from shop.payments.statements.errors import SentAsReceipt, SentAsRefund
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines
from shop.payments.statements.models import BankMatch, LineStatus, Proposal, StatementLine
from shop.payments.statements.rests import SENT_BACK, put_rest
from tests.factories.statements import as_csv, rows_of
from tests.factories.without_locks import drop_unique, goes_wrong
from tests.integration.concurrency.test_payment_races import (  # noqa: F401
    at_once,
    audited,
    lab,
    reckless,
    team,
)
from tests.integration.payments.conftest import Counter, counter, fake_stripe, small_shop  # noqa: F401


def bring_in(desk: Counter, *rows: tuple[str, str, str, str, str], actor_id: int | None = None) -> list[int]:
    file = open_statement(as_csv(rows_of(rows)))
    work = partial(import_statement, file=file, reading=Reading(), file_name="x.csv", actor_id=actor_id)
    desk.read(lambda session: work(session, now=desk.now))
    return desk.read(
        lambda session: list(session.scalars(sa.select(StatementLine.id).order_by(StatementLine.id)))
    )


def a_line(desk: Counter, yuan: str, serial: str = "S1") -> tuple[str, str, str, str, str]:
    return (desk.now.date().isoformat(), serial, yuan, "某某大学", "货款")


def put(desk: Counter, payment_id: int, parts: dict[int, int], actor_id: int):
    work = partial(pay_with_lines, payment_id=payment_id, parts=parts, actor_id=actor_id, now=desk.now)
    return desk.read(work)


def four_put_a_receipt_once(desk: Counter, team):  # noqa: F811
    attempt = desk.start(desk.order(method="bank_transfer"))
    (*_, line_id) = bring_in(desk, a_line(desk, "68.00", serial=str(attempt.id)))
    results = at_once([partial(put, desk, attempt.id, {line_id: attempt.amount_fen}, one) for one in team])
    assert [one for one in results if not isinstance(one, Conflict)] == [PaymentStatus.SUCCEEDED]
    assert len(audited(desk, "transfer.confirmed", attempt.id)) == 1
    matched = sa.select(BankMatch.amount_fen).where(BankMatch.line_id == line_id)
    assert desk.read(lambda session: list(session.scalars(matched))) == [6800]


@pytest.mark.race(twin="test_without_the_lock_a_receipt_is_put_to_its_order_by_several")
def test_a_receipt_that_four_people_put_to_its_order_at_once_pays_it_once(counter, account, team):  # noqa: F811
    four_put_a_receipt_once(counter, team)


def test_without_the_lock_a_receipt_is_put_to_its_order_by_several(reckless, account, team, monkeypatch):  # noqa: F811
    monkeypatch.setattr(matching, "put_to", unguarded)
    drop_unique(reckless.unit_of_work, "bank_matches", "uq_bank_matches_line_id_payment_id")
    assert goes_wrong(partial(four_put_a_receipt_once, reckless, team))


def unguarded(session, line_id, payment_id, amount_fen, *, actor_id, now):
    """Without the conditional update that takes the amount from the line."""
    match = {"line_id": line_id, "payment_id": payment_id, "amount_fen": amount_fen}
    session.add(BankMatch(**match, made_by_id=actor_id, made_at=now))
    session.flush()


def two_orders_one_receipt(desk: Counter, team: list[int]) -> list[object]:  # noqa: F811
    """Two people put the same receipt to two orders of the same price."""
    attempts = [desk.start(desk.order(method="bank_transfer")) for _ in range(2)]
    (*_, line_id) = bring_in(desk, a_line(desk, "68.00", serial=str(attempts[0].id)))
    return at_once(
        [
            partial(put, desk, attempt.id, {line_id: attempt.amount_fen}, person)
            for attempt, person in zip(attempts, team, strict=False)
        ]
    )


@pytest.fixture
def account(counter):  # noqa: F811
    typed = {
        "bank_payee": "某某大学",
        "bank_name": "工行",
        "bank_number": "1000200030004000",
        "second_person_above_yuan": "5000",
    }
    counter.unit_of_work.run(partial(set_shop_settings, typed=typed, actor_id=None, now=counter.now))


def one_receipt_pays_one_order(desk: Counter, team):  # noqa: F811
    results = two_orders_one_receipt(desk, team)
    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    lines = sa.select(StatementLine.matched_fen, StatementLine.status).order_by(StatementLine.id.desc())
    assert desk.read(lambda session: session.execute(lines).first()) == (6800, LineStatus.MATCHED)


@pytest.mark.race(twin="test_without_the_lines_guard_one_receipt_pays_twice")
@pytest.mark.parametrize("round_", range(3))
def test_one_receipt_never_pays_two_orders(counter, account, team, round_):  # noqa: F811
    one_receipt_pays_one_order(counter, team)


def test_without_the_lines_guard_one_receipt_pays_twice(reckless, account, team, monkeypatch):  # noqa: F811
    monkeypatch.setattr(matching, "put_to", unguarded)
    assert goes_wrong(partial(one_receipt_pays_one_order, reckless, team))
    assert [one for one in Counter.violations(reckless) if "never pays more than came" in one]


def three_import_a_file_once(desk: Counter, team, day):  # noqa: F811
    rows = [a_line(desk, f"{number}.00", serial=f"S{day}-{number}") for number in range(1, 9)]
    results = at_once([partial(bring_in, desk, *rows, actor_id=one) for one in team[:3]])
    written = sa.select(sa.func.count()).where(StatementLine.serial.like(f"S{day}-%"))
    assert desk.read(lambda session: session.scalar(written)) == 8
    assert [one for one in results if isinstance(one, Exception)] == []


@pytest.mark.race(twin="test_without_the_unique_line_a_file_is_written_several_times")
def test_a_file_that_three_people_import_at_once_is_written_once(counter, team):  # noqa: F811
    three_import_a_file_once(counter, team, 1)


def test_without_the_unique_line_a_file_is_written_several_times(reckless, team):  # noqa: F811
    drop_unique(reckless.unit_of_work, "bank_statements", "uq_bank_statements_digest")
    drop_unique(reckless.unit_of_work, "bank_statement_lines", "uq_bank_statement_lines_fingerprint")
    days = count(1)
    assert goes_wrong(lambda: three_import_a_file_once(reckless, team, next(days)))


def agreed_or_taken_back(desk: Counter, team):  # noqa: F811
    """Two agree to a proposal while a third takes it back: paid and matched, or neither."""
    attempt = desk.start(desk.order(method="bank_transfer"))
    (*_, line_id) = bring_in(desk, a_line(desk, "68.00", serial=f"R{attempt.id}"))
    assert put(desk, attempt.id, {line_id: 6800}, team[0]) is PaymentStatus.PENDING
    proposal_id = desk.read(lambda session: session.scalar(sa.select(sa.func.max(Proposal.id))))
    works = [
        partial(agree_to, proposal_id=proposal_id, actor_id=team[1], now=desk.now),
        partial(withdraw, proposal_id=proposal_id, actor_id=team[2], now=desk.now),
        partial(agree_to, proposal_id=proposal_id, actor_id=team[3], now=desk.now),
    ]
    results = at_once([partial(desk.read, work) for work in works])
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ShopError)]
    (payment,) = desk.payments(attempt.order_id)
    line = desk.read(lambda session: session.get_one(StatementLine, line_id))
    assert (payment.status is PaymentStatus.SUCCEEDED) == (line.status is LineStatus.MATCHED)


@pytest.fixture
def two_people(counter, account):  # noqa: F811
    """Whatever the amount, a second person says so too."""
    limit = {"second_person_above_yuan": "0"}
    counter.unit_of_work.run(partial(set_shop_settings, typed=limit, actor_id=None, now=counter.now))


@pytest.mark.race(twin="test_without_the_lock_agreeing_and_taking_back_end_in_a_third_way")
def test_agreeing_and_taking_back_at_once_ends_in_one_of_two_ways(counter, two_people, team):  # noqa: F811
    for _ in range(4):
        agreed_or_taken_back(counter, team)


def test_without_the_lock_agreeing_and_taking_back_end_in_a_third_way(reckless, two_people, team):  # noqa: F811
    assert goes_wrong(partial(agreed_or_taken_back, reckless, team), tries=12)


def three_agree_to_parts_of_a_receipt(desk: Counter, team):  # noqa: F811
    """One receipt pays three orders; of each another person says that it does, at once: nothing is left in suspense."""
    attempts = [desk.start(desk.order(method="bank_transfer")) for _ in range(3)]
    (*_, line_id) = bring_in(desk, a_line(desk, "204.00", serial=f"T{attempts[0].id}"))
    for attempt in attempts:
        assert put(desk, attempt.id, {line_id: 6800}, team[0]) is PaymentStatus.PENDING
    newest = sa.select(Proposal.id).order_by(Proposal.id.desc()).limit(3)
    waiting = desk.read(lambda session: list(session.scalars(newest)))
    works = [
        partial(agree_to, proposal_id=proposal_id, actor_id=person, now=desk.now)
        for proposal_id, person in zip(waiting, team[1:], strict=False)
    ]
    results = at_once([partial(desk.read, work) for work in works])
    assert results == [PaymentStatus.SUCCEEDED] * 3
    assert desk.read(lambda session: session.get_one(StatementLine, line_id)).suspense_fen == 0
    assert [one for one in Counter.violations(desk) if "suspense" in one] == []


@pytest.mark.race(twin="test_without_the_lock_a_receipt_that_three_agree_about_leaves_something_in_suspense")
def test_a_receipt_that_three_agree_about_at_once_leaves_nothing_in_suspense(counter, two_people, team):  # noqa: F811
    for _ in range(3):
        three_agree_to_parts_of_a_receipt(counter, team)


def test_without_the_lock_a_receipt_that_three_agree_about_leaves_something_in_suspense(
    reckless,  # noqa: F811
    two_people,
    team,  # noqa: F811
):
    drop_unique(reckless.unit_of_work, "journal_entries", "uq_journal_entries_reference")
    assert goes_wrong(partial(three_agree_to_parts_of_a_receipt, reckless, team), tries=12)


def two_send_back_by_one_transfer(desk: Counter, team, names):  # noqa: F811
    """Two people note two receipts as sent back by the same transfer of our bank: it stands at one of them."""
    serial = next(names)
    rows = [a_line(desk, f"{31 + number}.00", serial=f"{serial}-{number}") for number in range(2)]
    *_, first, second = bring_in(desk, *rows)
    works = [
        partial(put_rest, line_id=line_id, rest=SENT_BACK, sent_as=serial, actor_id=person, now=desk.now)
        for line_id, person in zip((first, second), team, strict=False)
    ]
    results = at_once([partial(desk.read, work) for work in works])
    assert sorted(isinstance(one, SentAsReceipt) for one in results) == [False, True]


@pytest.mark.race(twin="test_without_the_lock_one_transfer_stands_at_two_receipts_that_were_sent_back")
def test_two_receipts_are_never_sent_back_by_one_transfer(counter, account, team):  # noqa: F811
    for round_ in range(4):
        two_send_back_by_one_transfer(counter, team, iter([f"B{round_}"]))


def test_without_the_lock_one_transfer_stands_at_two_receipts_that_were_sent_back(
    reckless,  # noqa: F811
    account,
    team,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setattr(bank_names, "lock_name", lambda *_, **__: None)
    names = (f"B{number}" for number in count(1))
    assert goes_wrong(partial(two_send_back_by_one_transfer, reckless, team, names), tries=12)


def a_refund_and_a_receipt_by_one_transfer(desk: Counter, team, names):  # noqa: F811
    """One says that our bank sent a refund, another that it sent a receipt back, both by the same name of it."""
    serial = next(names)
    attempt = desk.start(desk.order(method="bank_transfer"))
    desk.cancel(attempt.order_id)
    late = partial(confirm_transfer, payment_id=attempt.id, received_fen=attempt.amount_fen)
    desk.read(lambda session: late(session, actor_id=team[0], now=desk.now))
    desk.reconcile()
    (refund,) = desk.refunds(attempt.order_id)
    *_, line_id = bring_in(desk, a_line(desk, "31.00", serial=serial))
    said = {"sent_as": serial, "now": desk.now}
    works = [
        partial(confirm_transfer_back, refund_id=refund.id, actor_id=team[1], **said),
        partial(put_rest, line_id=line_id, rest=SENT_BACK, actor_id=team[2], **said),
    ]
    results = at_once([partial(desk.read, work) for work in works])
    assert sorted(isinstance(one, SentAsReceipt | SentAsRefund) for one in results) == [False, True]


@pytest.mark.race(twin="test_without_the_lock_one_transfer_stands_at_a_refund_and_at_a_receipt")
def test_a_refund_and_a_receipt_are_never_sent_back_by_one_transfer(counter, account, team):  # noqa: F811
    for round_ in range(4):
        a_refund_and_a_receipt_by_one_transfer(counter, team, iter([f"C{round_}"]))


def test_without_the_lock_one_transfer_stands_at_a_refund_and_at_a_receipt(
    reckless,  # noqa: F811
    account,
    team,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setattr(bank_names, "lock_name", lambda *_, **__: None)
    names = (f"C{number}" for number in count(1))
    assert goes_wrong(partial(a_refund_and_a_receipt_by_one_transfer, reckless, team, names), tries=12)
