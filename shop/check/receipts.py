"""Receipts of bank statements against the payments that they pay, and two persons where two are needed."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.payments.models import Payment
from shop.payments.providers.config import BANK_TRANSFER
from shop.payments.statements.models import BankMatch, LineStatus, Proposal, StatementLine
from shop.payments.transitions import PAID

_of_line = (
    sa.select(BankMatch.line_id, total(BankMatch.amount_fen, "fen")).group_by(BankMatch.line_id).subquery()
)
_of_payment = (
    sa.select(BankMatch.payment_id, total(BankMatch.amount_fen, "fen"))
    .group_by(BankMatch.payment_id)
    .subquery()
)
_matched = or_nothing(_of_line.c.fen)
_with_matches = sa.outerjoin(StatementLine, _of_line, _of_line.c.line_id == StatementLine.id)
_is_whole = StatementLine.matched_fen == StatementLine.amount_fen
_waits = sa.exists().where(Proposal.payment_id == Payment.id, Proposal.decided_at.is_(None))

RULES = (
    rule(
        "receipt: never pays more than came",
        sa.select(StatementLine.id, StatementLine.amount_fen, _matched.label("matched"))
        .select_from(_with_matches)
        .where(_matched > StatementLine.amount_fen),
        "receipt {id}",
        "{amount_fen} fen came, it pays {matched} fen",
    ),
    rule(
        "receipt: what it says is matched are its matches",
        sa.select(StatementLine.id, StatementLine.matched_fen, _matched.label("matched"))
        .select_from(_with_matches)
        .where(_matched != StatementLine.matched_fen),
        "receipt {id}",
        "says {matched_fen} fen, its matches {matched} fen",
    ),
    rule(
        "receipt: matched when nothing of it is left",
        sa.select(StatementLine.id, StatementLine.status).where(
            sa.or_(
                sa.and_(StatementLine.status == LineStatus.MATCHED, ~_is_whole),
                sa.and_(StatementLine.status != LineStatus.MATCHED, _is_whole),
            )
        ),
        "receipt {id}",
        "is {status}",
    ),
    rule(
        "receipt: a payment's receipts are exactly its amount",
        sa.select(Payment.reference, Payment.amount_fen, _of_payment.c.fen.label("matched"))
        .join(_of_payment, _of_payment.c.payment_id == Payment.id)
        .where(sa.or_(_of_payment.c.fen != Payment.amount_fen, Payment.provider != BANK_TRANSFER)),
        "payment {reference}",
        "{amount_fen} fen, its receipts {matched} fen",
    ),
    rule(
        "receipt: confirmed with its payment, or waiting for the second person",
        sa.select(Payment.reference, Payment.status)
        .distinct()
        .join(BankMatch, BankMatch.payment_id == Payment.id)
        .where(
            sa.or_(
                sa.and_(BankMatch.confirmed_at.is_not(None), Payment.status.not_in(PAID)),
                sa.and_(BankMatch.confirmed_at.is_(None), sa.or_(Payment.status.in_(PAID), ~_waits)),
            )
        ),
        "payment {reference}",
        "is {status}",
    ),
    rule(
        "transfer: nobody confirms what they said themselves",
        sa.select(Proposal.id, Proposal.decided_by_id.label("person")).where(
            Proposal.agreed, Proposal.decided_by_id == Proposal.proposed_by_id
        ),
        "proposal {id}",
        "person {person} spoke twice",
    ),
)
