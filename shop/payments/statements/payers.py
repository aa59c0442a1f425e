"""Who paid by transfer, as the matched lines of bank statements have it: where money goes that is sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.payments.models import Payment
from shop.payments.statements.models import BankMatch, StatementLine
from shop.payments.statements.names import payer_key


@dataclass(frozen=True, slots=True)
class Payer:
    """`account`: its last digits, no more is kept. `amount_fen`: so much of the line paid the payment."""

    name: str
    account: str
    booked_on: date
    amount_fen: int


def other_payers(session: Session, order_ids: Collection[int], title: str) -> Sequence[str]:
    """Who paid these orders by transfer and is not this title, each name once. One statement."""
    rows = session.execute(
        sa.select(StatementLine.payer, StatementLine.payer_key)
        .join(BankMatch, BankMatch.line_id == StatementLine.id)
        .join(Payment, Payment.id == BankMatch.payment_id)
        .where(Payment.order_id.in_(order_ids), StatementLine.payer_key != payer_key(title))
        .order_by(BankMatch.id)
    )
    return list({key: name for name, key in rows}.values())


def payers_of(session: Session, payment_ids: Collection[int]) -> Mapping[int, Sequence[Payer]]:
    """By payment; one that no receipt was matched to is not among them. One statement."""
    rows = session.execute(
        sa.select(
            *(BankMatch.payment_id, StatementLine.payer, StatementLine.payer_account),
            *(StatementLine.booked_on, BankMatch.amount_fen),
        )
        .join(StatementLine, StatementLine.id == BankMatch.line_id)
        .where(BankMatch.payment_id.in_(payment_ids))
        .order_by(BankMatch.id)
    )
    found: dict[int, list[Payer]] = defaultdict(list)
    for payment_id, name, account, booked_on, amount_fen in rows:
        found[payment_id].append(Payer(name, account, booked_on, amount_fen))
    return found
