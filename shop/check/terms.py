"""Debts of organisations against the books, their credits, and the two persons behind terms."""

from __future__ import annotations

import sqlalchemy as sa

from shop.accounts.terms_models import OrganisationTerms
from shop.check.rule import or_nothing, rule, total
from shop.ledger.models import Account, JournalEntry, Posting
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.terms.models import WriteOff

_refunded = (
    sa.select(Refund.payment_id, total(Refund.amount_fen, "fen"))
    .where(Refund.is_credit, Refund.status == RefundStatus.SUCCEEDED)
    .group_by(Refund.payment_id)
    .subquery()
)
_given_up = (
    sa.select(WriteOff.payment_id, total(WriteOff.amount_fen, "fen"))
    .where(WriteOff.agreed_at.is_not(None))
    .group_by(WriteOff.payment_id)
    .subquery()
)
_credits = or_nothing(_refunded.c.fen) + or_nothing(_given_up.c.fen)
_receivable = (
    sa.select(JournalEntry.order_id, total(Posting.amount_fen, "fen"))
    .join(Posting, Posting.entry_id == JournalEntry.id)
    .where(Posting.account == Account.RECEIVABLES)
    .group_by(JournalEntry.order_id)
    .subquery()
)
_debts = (
    sa.select(Payment.order_id, total(Payment.due_fen, "fen"))
    .where(Payment.provider == ON_ACCOUNT, Payment.status == PaymentStatus.PENDING)
    .group_by(Payment.order_id)
    .subquery()
)
_booked, _owed = or_nothing(_receivable.c.fen), or_nothing(_debts.c.fen)

RULES = (
    rule(
        "terms: what is owed on the books are the open debts",
        sa.select(Order.number, _booked.label("booked"), _owed.label("owed"))
        .outerjoin(_receivable, _receivable.c.order_id == Order.id)
        .outerjoin(_debts, _debts.c.order_id == Order.id)
        .where(_booked != _owed),
        "order {number}",
        "the books say {booked} fen, the debts {owed} fen",
    ),
    rule(
        "terms: a debt is smaller by its refunds and by what was given up, and by nothing else",
        sa.select(Payment.reference, Payment.credited_fen, _credits.label("credits"))
        .outerjoin(_refunded, _refunded.c.payment_id == Payment.id)
        .outerjoin(_given_up, _given_up.c.payment_id == Payment.id)
        .where(Payment.credited_fen != _credits),
        "payment {reference}",
        "credited {credited_fen} fen, refunds and write-offs say {credits} fen",
    ),
    rule(
        "terms: a debt is of an organisation and of a confirmed order",
        sa.select(Payment.reference, Order.number, Order.status)
        .join(Order, Order.id == Payment.order_id)
        .where(
            Payment.provider == ON_ACCOUNT,
            sa.or_(Order.organisation_id.is_(None), Order.confirmed_at.is_(None)),
        ),
        "payment {reference}",
        "order {number} is {status}, or of nobody",
    ),
    rule(
        "terms: two persons stand behind them",
        sa.select(OrganisationTerms.id, OrganisationTerms.approved_by_id.label("person")).where(
            OrganisationTerms.approved_by_id == OrganisationTerms.proposed_by_id
        ),
        "terms {id}",
        "person {person} spoke twice",
    ),
)
