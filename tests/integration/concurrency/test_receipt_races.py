"""Receipts at which several people stand at once: each fen pays once, whoever is first.

The twin without the locks must go red, or the race proves nothing.
"""

from __future__ import annotations

import time
from functools import partial

import pytest
import sqlalchemy as sa

from shop.accounts.shop_settings import set_shop_settings
from shop.kit.errors import Conflict, ShopError
from shop.payments.bank import agree_to
from shop.payments.models import PaymentStatus
from shop.payments.second_person import withdraw
from shop.payments.statements import matching
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines
from shop.payments.statements.models import BankMatch, LineStatus, Proposal, StatementLine
from tests.factories.statements import as_csv, rows_of
from tests.integration.concurrency.test_payment_races import (  # noqa: F401
    at_once,
    audited,
    by_transfer,
    lab,
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


def test_a_receipt_that_four_people_put_to_its_order_at_once_pays_it_once(counter, by_transfer, team):  # noqa: F811
    (line_id,) = bring_in(counter, a_line(counter, "68.00"))
    results = at_once(
        [partial(put, counter, by_transfer.id, {line_id: by_transfer.amount_fen}, one) for one in team]
    )
    assert [one for one in results if not isinstance(one, Conflict)] == [PaymentStatus.SUCCEEDED]
    assert len(audited(counter, "transfer.confirmed")) == 1
    assert counter.read(lambda session: list(session.scalars(sa.select(BankMatch.amount_fen)))) == [6800]


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
        "bank_number": "100",
        "second_person_above_yuan": "5000",
    }
    counter.unit_of_work.run(partial(set_shop_settings, typed=typed, actor_id=None, now=counter.now))


@pytest.mark.parametrize("round_", range(3))
def test_one_receipt_never_pays_two_orders(counter, account, team, round_):  # noqa: F811
    results = two_orders_one_receipt(counter, team)
    assert sorted(isinstance(one, Conflict) for one in results) == [False, True]
    lines = sa.select(StatementLine.matched_fen, StatementLine.status)
    assert counter.read(lambda session: session.execute(lines).all()) == [(6800, LineStatus.MATCHED)]


def test_without_the_lines_guard_one_receipt_pays_twice(counter, account, team, backend, monkeypatch):  # noqa: F811
    if backend == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time, which no switch turns off")

    def unlocked(session, line_ids):
        return list(session.scalars(sa.select(StatementLine).where(StatementLine.id.in_(line_ids))))

    def unguarded(session, line_id, payment_id, amount_fen, *, actor_id, now):
        time.sleep(0.05)
        match = {"line_id": line_id, "payment_id": payment_id, "amount_fen": amount_fen}
        session.add(BankMatch(**match, made_by_id=actor_id, made_at=now))
        session.flush()

    monkeypatch.setattr(matching, "lock_lines", unlocked)
    monkeypatch.setattr(matching, "put_to", unguarded)
    results = two_orders_one_receipt(counter, team)
    found = [one for one in counter.violations() if "never pays more than came" in one]
    counter.violations = list  # that is what this one is about
    assert results == [PaymentStatus.SUCCEEDED] * 2
    assert found


def test_a_file_that_three_people_import_at_once_is_written_once(counter, team):  # noqa: F811
    rows = [a_line(counter, f"{number}.00", serial=f"S{number}") for number in range(1, 9)]
    results = at_once([partial(bring_in, counter, *rows, actor_id=one) for one in team[:3]])
    assert [one for one in results if isinstance(one, Exception)] == []
    count = sa.select(sa.func.count()).select_from(StatementLine)
    assert counter.read(lambda session: session.scalar(count)) == 8


def test_agreeing_and_taking_back_at_once_ends_in_one_of_two_ways(counter, account, team):  # noqa: F811
    limit = {"second_person_above_yuan": "0"}
    counter.unit_of_work.run(partial(set_shop_settings, typed=limit, actor_id=None, now=counter.now))
    for number in range(4):
        attempt = counter.start(counter.order(method="bank_transfer"))
        (*_, line_id) = bring_in(counter, a_line(counter, "68.00", serial=f"R{number}"))
        assert put(counter, attempt.id, {line_id: 6800}, team[0]) is PaymentStatus.PENDING
        proposal_id = counter.read(lambda session: session.scalar(sa.select(sa.func.max(Proposal.id))))
        works = [
            partial(agree_to, proposal_id=proposal_id, actor_id=team[1], now=counter.now),
            partial(withdraw, proposal_id=proposal_id, actor_id=team[2], now=counter.now),
            partial(agree_to, proposal_id=proposal_id, actor_id=team[3], now=counter.now),
        ]
        results = at_once([partial(counter.read, work) for work in works])
        assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, ShopError)]
        (payment,) = counter.payments(attempt.order_id)
        line = counter.read(lambda session, of=line_id: session.get_one(StatementLine, of))
        assert (payment.status is PaymentStatus.SUCCEEDED) == (line.status is LineStatus.MATCHED)
