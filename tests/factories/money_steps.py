"""Steps of a story that move money after the sale: a buyer's bank takes it back, households are paid, payouts return."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.identity_numbers import check_place
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutRun, PayoutStatus
from shop.ledger.payees import PayeeAsked, set_payee
from shop.ledger.payout_approval import approve_run
from shop.ledger.payout_paying import pay_payout, return_payout
from shop.payments.disputes import apply_dispute
from shop.payments.models import DisputeStatus, Payment, PaymentStatus
from shop.payments.providers.base import DisputeState
from tests.factories.payouts import CIPHER
from tests.factories.trade import Trade

A_DAY: Final = timedelta(days=1, minutes=1)  # so long waits who takes a household's money
_NEWEST_PAID: Final = (
    sa.select(PayoutRun.number, Payout.id)
    .join(Payout, Payout.run_id == PayoutRun.id)
    .where(Payout.status == PayoutStatus.PAID)
    .order_by(Payout.id.desc())
    .limit(1)
)


def dispute(trade: Trade, order_id: int, status: DisputeStatus) -> None:
    """The buyer's bank has taken what was paid; the first word that is heard may also be how it ended."""
    paid = sa.select(Payment).where(Payment.order_id == order_id, Payment.status == PaymentStatus.SUCCEEDED)
    payment = trade.run(lambda session: session.scalars(paid).one_or_none())
    if payment is not None:
        state = DisputeState(f"dp_{payment.id}", status, payment.amount_fen, is_withdrawn=True)
        trade.run(lambda session: apply_dispute(session, payment.id, state, now=trade.now))


def pay_everybody(trade: Trade) -> None:
    """What is due is closed, approved by somebody else, and paid in cash."""
    closed = trade.close()
    if closed is None:
        return
    trade.run(lambda session: _name_payees(session, trade))
    trade.now += A_DAY
    second = trade.run(trade._second_person)
    trade.run(lambda session: approve_run(session, closed.number, actor_id=second, now=trade.now))
    of_run = sa.select(Payout.id).join(PayoutRun, PayoutRun.id == Payout.run_id)
    of_run = of_run.where(PayoutRun.number == closed.number)
    for payout_id in trade.run(lambda session: session.scalars(of_run).all()):
        _pay(trade, closed.number, payout_id)


def send_back_and_pay_again(trade: Trade) -> None:
    """The bank returns the newest payout; it goes out once more."""
    newest = trade.run(lambda session: session.execute(_NEWEST_PAID).one_or_none())
    if newest is None:
        return
    number, payout_id = newest
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: return_payout(session, number, payout_id, "账号不符", **who))
    _pay(trade, number, payout_id)


def _pay(trade: Trade, number: str, payout_id: int) -> None:
    who = {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: pay_payout(session, number, payout_id, f"收据 {payout_id}", **who))


def _name_payees(session: Session, trade: Trade) -> None:
    known = set(session.scalars(sa.select(Payee.household_id)))
    who = {"cipher": CIPHER, "actor_id": trade.admin_id, "now": trade.now}
    for place, (name, household_id) in enumerate(sorted(trade.shop.households.items())):
        if household_id not in known:
            digits = f"11010519491231{place:03d}"
            asked = PayeeAsked(PayeeKind.CASH, name, digits + check_place(digits))
            set_payee(session, household_id, asked, seen_version=0, **who)
