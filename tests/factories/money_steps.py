"""Steps of a story that move money after the sale: a buyer's bank takes it back, households are paid, payouts return."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.identity_numbers import check_place
from shop.kit.money import plain_yuan
from shop.ledger.advance.listing import advance_figures
from shop.ledger.advance.repaying import Repaid, agree_to_repayment, propose_repayment
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutRun, PayoutStatus
from shop.ledger.movements.deciding import agree_to_movement, propose_movement
from shop.ledger.movements.listing import read_held
from shop.ledger.movements.models import BankMovement, MovementKind, MovementStatus
from shop.ledger.movements.reading import Moved
from shop.ledger.movements.taking_back import agree_to_take_back, take_movement_back
from shop.ledger.payouts.approval import approve_run
from shop.ledger.payouts.payees import PayeeAsked, set_payee
from shop.ledger.payouts.paying import pay_payout, return_payout
from shop.payments.disputes import apply_dispute
from shop.payments.models import DisputeStatus, Payment, PaymentStatus
from shop.payments.providers.base import AttemptStatus, DisputeState, ProviderState
from shop.payments.providers.config import SANDBOX
from shop.payments.sandbox.till import Button, press
from shop.payments.statements.importing import Reading, import_statement, open_statement
from shop.payments.statements.matching import pay_with_lines, set_aside, take_up_again
from shop.payments.statements.models import LineStatus, StatementLine
from shop.payments.statements.rests import put_rest
from shop.payments.syncing import settle, sync
from tests.factories.payouts import CIPHER
from tests.factories.statements import as_csv, rows_of
from tests.factories.trade import Trade

A_DAY: Final = timedelta(days=1, minutes=1)  # so long waits who takes a household's money
_NEWEST_PAID: Final = (
    sa.select(PayoutRun.number, Payout.id)
    .join(Payout, Payout.run_id == PayoutRun.id)
    .where(Payout.status == PayoutStatus.PAID)
    .order_by(Payout.id.desc())
    .limit(1)
)


def dispute(
    trade: Trade, order_id: int, status: DisputeStatus, *, paid_as: PaymentStatus = PaymentStatus.SUCCEEDED
) -> None:
    """The buyer's bank has taken what was paid; the first word that is heard may also be how it ended."""
    paid = sa.select(Payment).where(Payment.order_id == order_id, Payment.status == paid_as)
    payment = trade.run(lambda session: session.scalars(paid).one_or_none())
    if payment is not None:
        state = DisputeState(f"dp_{payment.id}", status, payment.amount_fen, is_withdrawn=True)
        trade.run(lambda session: apply_dispute(session, payment.id, state, now=trade.now))


def pay_twice(trade: Trade, order_id: int) -> int:
    """A page that was given up is paid after another attempt had been: the payment's id, whose money goes back."""
    first = trade.attempt(order_id)
    settle(trade.unit_of_work, first.id, ProviderState(AttemptStatus.FAILED), now=trade.now)
    trade.pay(order_id)
    _pay_after_all(trade, first.id, first.provider_ref or "")
    return first.id


def pay_late(trade: Trade, order_id: int) -> int:
    """We gave the attempt up, and its money comes: the order lives again, or it goes back. The payment's id."""
    attempt = trade.attempt(order_id)
    settle(trade.unit_of_work, attempt.id, ProviderState(AttemptStatus.EXPIRED), now=trade.now)
    if attempt.provider == "bank_transfer":
        trade.transfer(attempt.id, attempt.amount_fen)
    else:
        _pay_after_all(trade, attempt.id, attempt.provider_ref or "")
    return attempt.id


def pay_called_off(trade: Trade, order_id: int) -> int:
    """The transfer of an order comes that its buyer had called off. The payment's id."""
    (payment,) = trade.payments(order_id)
    trade.cancel(order_id)
    trade.transfer(payment.id, payment.amount_fen)
    return payment.id


def bring_receipts(trade: Trade, *amounts: int, payer: str = "某某公司") -> list[int]:
    """They stand on a statement and name nothing; the lines' ids."""
    trade.now += timedelta(seconds=1)
    day, count = trade.now.date().isoformat(), f"{trade.now:%H%M%S%f}"
    rows = [(day, f"{count}-{place}", plain_yuan(fen), payer, "货款") for place, fen in enumerate(amounts)]
    file, who = open_statement(as_csv(rows_of(rows))), {"actor_id": trade.admin_id, "now": trade.now}
    done = trade.run(lambda session: import_statement(session, file, Reading(), file_name="x", **who))
    ids = sa.select(StatementLine.id).where(StatementLine.statement_id == done.statement_id)
    return trade.run(lambda session: list(session.scalars(ids.order_by(StatementLine.id))))


def pay_with_receipt(trade: Trade, order_id: int, *, over_fen: int = 0) -> int:
    """A receipt pays the order, and so much of it is left; the line's id."""
    attempt = trade.attempt(order_id)
    (line_id,) = bring_receipts(trade, attempt.amount_fen + over_fen)
    parts, who = {line_id: attempt.amount_fen}, {"actor_id": trade.admin_id, "now": trade.now}
    trade.run(lambda session: pay_with_lines(session, attempt.id, parts, **who))
    return line_id


def put_receipt_aside(trade: Trade, line_id: int, why: str = "not ours") -> None:
    """Set aside in words, or a rest that was sent back or is kept."""
    put = put_rest if why.startswith("rest_") else set_aside
    trade.run(lambda session: put(session, line_id, why, actor_id=trade.admin_id, now=trade.now))


def take_receipt_up(trade: Trade, line_id: int) -> None:
    why = "the bank has returned it"
    trade.run(
        lambda session: take_up_again(session, line_id, actor_id=trade.admin_id, now=trade.now, reason=why)
    )


def newest_receipt(trade: Trade, *, is_open: bool) -> int:
    """Raises IndexError when there is none."""
    status = LineStatus.OPEN if is_open else LineStatus.SET_ASIDE
    newest = (
        sa.select(StatementLine.id).where(StatementLine.status == status).order_by(StatementLine.id.desc())
    )
    return trade.run(lambda session: session.scalars(newest).all())[0]


def _pay_after_all(trade: Trade, payment_id: int, token: str) -> None:
    trade.run(lambda session: press(session, token, Button.SUCCEED, now=trade.now))
    sync(trade.unit_of_work, trade.providers, payment_id, now=trade.now)


def pay_everybody(trade: Trade, *, advance: bool = False) -> None:
    """What is due is closed, approved by somebody else, and paid in cash; lent, where buyers have not paid for it."""
    closed = trade.close(advance=advance)
    if closed is None:
        return
    trade.run(lambda session: _name_payees(session, trade))
    trade.now += A_DAY
    second, why = trade.run(trade._second_person), "sold on terms" if advance else ""
    trade.run(lambda session: approve_run(session, closed.number, word=why, actor_id=second, now=trade.now))
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


def pay_lender_back(trade: Trade) -> None:
    """All that buyers have paid meanwhile of what was lent goes back to the lender; a second person agrees."""
    fen = trade.run(advance_figures).repayable_fen
    said, who = Repaid(fen, f"HK {trade.now:%d%H%M}", trade.now.date()), {"now": trade.now}
    repayment_id = trade.run(lambda session: propose_repayment(session, said, actor_id=trade.admin_id, **who))
    trade.now += timedelta(minutes=1)
    second = trade.run(trade._second_person)
    trade.run(lambda session: agree_to_repayment(session, repayment_id, actor_id=second, **who))


def provider_passes_on(trade: Trade) -> int | None:
    """Half of what the provider holds comes to our bank; returns the movement."""
    return _move(trade, MovementKind.PROVIDER_PAYOUT, share=2, provider=SANDBOX)


def pay_village(trade: Trade, village: str = "mogou") -> list[int | None]:
    """A village has all of its fund, and what it packed for; the couriers have theirs; the bank takes a fee."""
    village_id = trade.shop.villages[village]
    return [
        _move(trade, MovementKind.VILLAGE_FUND_PAID, village_id=village_id),
        _move(trade, MovementKind.PACKING_PAID, village_id=village_id),
        _move(trade, MovementKind.FREIGHT_PAID),
        _move(trade, MovementKind.INCOME_PAID_OUT, share=3),
        _move(trade, MovementKind.BANK_CHARGE, fen=150),
        _move(trade, MovementKind.INTEREST, fen=7),
    ]


def take_movement_back_again(trade: Trade) -> None:
    """The newest was a mistake."""
    booked = sa.select(sa.func.max(BankMovement.id)).where(BankMovement.status == MovementStatus.BOOKED)
    newest = trade.run(lambda session: session.scalar(booked))
    if newest is not None:
        who = {"actor_id": trade.admin_id, "now": trade.now}
        trade.run(lambda session: take_movement_back(session, newest, "记错了", **who))
        other = who | {"actor_id": trade.run(trade._second_person)}
        trade.run(lambda session: agree_to_take_back(session, newest, **other))


def _move(
    trade: Trade,
    kind: MovementKind,
    *,
    share: int = 1,
    fen: int = 0,
    village_id: int | None = None,
    provider: str = "",
) -> int | None:
    """One says it, another agrees; `share`: of what can move only so much. None where nothing can."""
    fen = fen or trade.run(read_held).free(kind, village_id, provider) // share
    if not fen:
        return None
    movement_id = _say(trade, Moved(kind, fen, "", trade.now.date(), "按月", village_id, provider))
    trade.now += timedelta(minutes=1)
    agree_to_moved(trade, movement_id)
    return movement_id


def say_freight_was_paid(trade: Trade) -> int:
    """All that is owed for freight; a second person has to agree."""
    fen = trade.run(read_held).free(MovementKind.FREIGHT_PAID)
    return _say(trade, Moved(MovementKind.FREIGHT_PAID, fen, "", trade.now.date()))


def agree_to_moved(trade: Trade, movement_id: int) -> None:
    who = {"actor_id": trade.run(trade._second_person), "now": trade.now}
    trade.run(lambda session: agree_to_movement(session, movement_id, **who))


def _say(trade: Trade, moved: Moved) -> int:
    """Under the next of the bank's numbers."""
    number = trade.run(lambda session: session.scalar(sa.select(sa.func.count(BankMovement.id))))
    said, who = replace(moved, bank_reference=f"YH {number}"), {"actor_id": trade.admin_id, "now": trade.now}
    return trade.run(lambda session: propose_movement(session, said, **who))


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
