"""Who said that an order's transfers came, and which receipts of bank statements paid them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.payments.models import Payment
from shop.payments.providers.config import BY_BANK
from shop.payments.statements.models import BankMatch, Proposal, StatementLine


@dataclass(frozen=True, slots=True)
class PaidBy:
    """So much of a receipt pays it; not `confirmed` while that waits for a second person."""

    line_id: int
    booked_on: date
    payer: str
    amount_fen: int
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Names of people: who confirmed a transfer, and above the shop's limit who had said so first."""

    confirmed_by: str
    proposed_by: str
    receipts: list[PaidBy] = field(default_factory=list)


def transfers_said(session: Session, order_id: int) -> Mapping[int, Said]:
    """By payment, of an order's transfers and debts. One statement."""
    confirmer, proposer = aliased(User), aliased(User)
    counts = sa.and_(Proposal.payment_id == Payment.id, Proposal.agreed)
    rows = session.execute(
        sa.select(
            *(Payment.id, _name(confirmer), _name(proposer)),
            *(StatementLine.id, StatementLine.booked_on, StatementLine.payer),
            *(BankMatch.amount_fen, BankMatch.confirmed_at.is_not(None)),
        )
        .outerjoin(confirmer, confirmer.id == Payment.confirmed_by_id)
        .outerjoin(Proposal, counts)
        .outerjoin(proposer, proposer.id == Proposal.proposed_by_id)
        .outerjoin(BankMatch, BankMatch.payment_id == Payment.id)
        .outerjoin(StatementLine, StatementLine.id == BankMatch.line_id)
        .where(Payment.order_id == order_id, Payment.provider.in_(BY_BANK))
        .order_by(Payment.id, BankMatch.id)
    )
    found: dict[int, Said] = {}
    for payment_id, by, first, line_id, booked_on, payer, amount_fen, confirmed in rows:
        said = found.setdefault(payment_id, Said(by, first))
        if line_id is not None:
            said.receipts.append(PaidBy(line_id, booked_on, payer, amount_fen, bool(confirmed)))
    return found


def _name(user: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(user.name, ""), user.email, "")
