"""Whatever receipts and orders people put together: every fen of the bank's pays at most once, every order wholly."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.kit.errors import ShopError
from shop.ledger.models import Account, Posting
from shop.payments.bank import agree_to
from shop.payments.models import Payment, PaymentStatus
from shop.payments.second_person import withdraw
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines, plan_settlement, set_aside, take_up_again
from shop.payments.statements.models import BankMatch, LineStatus, Proposal, StatementLine
from shop.payments.transitions import PAID
from shop.storage.unit_of_work import UnitOfWork
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade, open_for_trade

places = st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True)
steps = st.one_of(
    st.tuples(st.just("settle"), places, places, st.integers(0, 1)),
    st.tuples(
        st.just("put"), places, st.integers(0, 3), st.lists(st.integers(0, 13600), min_size=3, max_size=3)
    ),
    st.tuples(st.just("agree"), st.integers(0, 1)),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("aside"), st.integers(0, 3)),
    st.tuples(st.just("up"), st.integers(0, 3)),
    st.tuples(st.just("hand"), st.integers(0, 3)),
)
known: dict[str, tuple[Trade, int]] = {}


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    amounts=st.lists(st.sampled_from([3400, 6800, 10200, 13600, 20400]), min_size=1, max_size=4),
    units=st.lists(st.integers(1, 2), min_size=1, max_size=3),
    limit=st.sampled_from(["0", "100", "5000"]),
    done=st.lists(steps, max_size=8),
)
def test_every_fen_pays_at_most_once(
    amounts, units, limit, done, database_url, session: Session, unit_of_work: UnitOfWork
):
    if database_url not in known:
        trade = open_for_trade(session, unit_of_work)
        other = User(email="second@shop.example", name="second", created_at=trade.now)
        session.add(other)
        session.commit()
        known[database_url] = (trade, other.id)
    trade, other_id = known[database_url]
    people = (trade.admin_id, other_id)
    trade.run(
        lambda inner: set_shop_settings(
            inner, {"second_person_above_yuan": limit}, actor_id=None, now=trade.now
        )
    )
    payments, lines = _orders(trade, units), _receipts(trade, amounts)
    for step in done:
        with suppress(ShopError, IndexError):  # refused at this moment, or there is nothing to do it with
            _do(trade, step, lines, payments, people)
    assert trade.violations() == []
    trade.run(lambda inner: _adds_up(inner, lines, payments))


def _orders(trade: Trade, units: list[int]) -> list[int]:
    found = []
    for count in units:
        with suppress(ShopError):  # sold out by the stories before
            order_id = trade.order({"tea": count}, courier=True, method="bank_transfer")
            found += [payment.id for payment in trade.payments(order_id)]
    return found


def _receipts(trade: Trade, amounts: list[int]) -> list[int]:
    day = trade.now.date().isoformat()
    rows = [
        (day, f"{trade.now:%H%M%S%f}{place}", f"{fen / 100:.2f}", "某某大学", "货款")
        for place, fen in enumerate(amounts)
    ]
    trade.now += timedelta(seconds=1)
    file = open_statement(as_csv(rows_of(rows)))
    done = trade.run(
        lambda inner: import_statement(
            inner, file, Reading(), file_name="x", actor_id=trade.admin_id, now=trade.now
        )
    )
    ids = sa.select(StatementLine.id).where(StatementLine.statement_id == done.statement_id)
    return trade.run(lambda inner: list(inner.scalars(ids.order_by(StatementLine.id))))


def _do(trade: Trade, step: tuple, lines: list[int], payments: list[int], people: tuple[int, int]) -> None:
    name, *what = step
    who = {"actor_id": people[0], "now": trade.now}
    if name == "settle":
        which, orders, person = what
        chosen, wanted = [lines[one] for one in which], [payments[one] for one in orders]
        for one in trade.run(lambda inner: plan_settlement(inner, chosen, wanted)):
            pay = partial(pay_with_lines, payment_id=one.payment_id, parts=one.parts, actor_id=people[person])
            trade.run(partial(pay, now=trade.now))
    elif name == "put":
        which, order, parts = what
        chosen_parts = dict(zip([lines[one] for one in which], parts, strict=False))
        trade.run(lambda inner: pay_with_lines(inner, payments[order], chosen_parts, **who))
    elif name == "agree":
        proposal = _waiting(trade)
        trade.run(lambda inner: agree_to(inner, proposal, actor_id=people[what[0]], now=trade.now))
    elif name == "withdraw":
        proposal = _waiting(trade)
        trade.run(lambda inner: withdraw(inner, proposal, **who))
    elif name == "aside":
        trade.run(lambda inner: set_aside(inner, lines[what[0]], "not ours", **who))
    elif name == "up":
        trade.run(lambda inner: take_up_again(inner, lines[what[0]], **who))
    else:
        (fen,) = trade.run(
            lambda inner: inner.scalars(
                sa.select(Payment.amount_fen).where(Payment.id == payments[what[0]])
            ).all()
        )
        trade.transfer(payments[what[0]], fen)


def _waiting(trade: Trade) -> int:
    waiting = (
        sa.select(Proposal.id).where(Proposal.decided_at.is_(None)).order_by(Proposal.id.desc()).limit(1)
    )
    return trade.run(lambda inner: inner.scalars(waiting).all())[0]


def _adds_up(session: Session, lines: list[int], payments: list[int]) -> None:
    """By hand: what each line pays, what each payment has, and what the bank's account holds."""
    came = dict(session.execute(sa.select(StatementLine.id, StatementLine.amount_fen)).all())
    of_line = dict.fromkeys(came, 0)
    of_payment: dict[int, int] = {}
    for match in session.scalars(sa.select(BankMatch)):
        of_line[match.line_id] += match.amount_fen
        of_payment[match.payment_id] = of_payment.get(match.payment_id, 0) + match.amount_fen
    assert all(of_line[line_id] <= came[line_id] for line_id in came)
    every = session.scalars(sa.select(Payment).where(Payment.provider == "bank_transfer")).all()
    for payment in every:
        if payment.id in of_payment:
            assert of_payment[payment.id] == payment.amount_fen
    paid = [one for one in every if one.status in PAID]
    fen = sa.func.coalesce(sa.func.sum(Posting.amount_fen), 0)
    booked, waiting = (
        int(session.scalar(sa.select(fen).where(Posting.account == account)) or 0)
        for account in (Account.BANK, Account.SUSPENSE)
    )
    orphans = sum(one.received_fen or 0 for one in paid if one.status is PaymentStatus.ORPHANED)
    here = sum(_is_here(session, line) for line in session.scalars(sa.select(StatementLine)))
    assert booked == sum(one.received_fen or 0 for one in paid) + here
    assert -waiting == orphans + here


def _is_here(session: Session, line: StatementLine) -> int:
    """What of a line has found no place: put to payments that a second person has not agreed to, or left and not aside."""
    matches = session.scalars(sa.select(BankMatch).where(BankMatch.line_id == line.id)).all()
    waiting = sum(match.amount_fen for match in matches if match.confirmed_at is None)
    left = line.amount_fen - sum(match.amount_fen for match in matches)
    return waiting + (left if line.status is LineStatus.OPEN else 0)
