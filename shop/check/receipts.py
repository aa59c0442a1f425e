"""Receipts of bank statements against the payments that they pay, and two persons where two are needed."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ordering.reasons import Reason
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment
from shop.payments.providers.config import BY_BANK
from shop.payments.statements.models import (
    BankMatch,
    LineStatus,
    Proposal,
    RestDeed,
    RestNote,
    RestNoteStatus,
    StatementLine,
)
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
_waits = sa.or_(
    sa.exists().where(Proposal.payment_id == Payment.id, Proposal.decided_at.is_(None)),
    sa.exists().where(
        JointTransfer.id == Payment.joint_id,
        JointTransfer.state.in_([JointState.SAID, JointState.SETTLING]),
    ),
)

_sent = StatementLine.reason == Reason.REST_SENT_BACK.value
_going = StatementLine.reason == Reason.REST_GOING_BACK.value
_note = sa.select(RestNote.id).where(RestNote.line_id == StatementLine.id).correlate(StatementLine)
_noted = _note.where(RestNote.deed == RestDeed.SENT_BACK, RestNote.status == RestNoteStatus.COUNTS).exists()
_proposed = _note.where(RestNote.status == RestNoteStatus.PROPOSED)
_said_sent = _proposed.where(RestNote.deed == RestDeed.SENT_BACK).exists()
_said_here = _proposed.where(RestNote.deed == RestDeed.TAKEN_UP).exists()

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
        sa.select(Payment.reference, Payment.due_fen, _of_payment.c.fen.label("matched"))
        .join(_of_payment, _of_payment.c.payment_id == Payment.id)
        .where(sa.or_(_of_payment.c.fen != Payment.due_fen, Payment.provider.not_in(BY_BANK))),
        "payment {reference}",
        "{due_fen} fen, its receipts {matched} fen",
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
        "receipt: what was sent back of it, or waits to be, is noted",
        sa.select(StatementLine.id, StatementLine.status, StatementLine.reason).where(
            sa.or_(
                sa.and_(_sent, ~_noted),
                sa.and_(_said_here, sa.or_(~_sent, StatementLine.status != LineStatus.SET_ASIDE)),
                _going != _said_sent,
                sa.and_(_going, StatementLine.status != LineStatus.SET_ASIDE),
            )
        ),
        "receipt {id}",
        "is {status}, {reason}; its notes say another thing",
    ),
    rule(
        "receipt: nobody agrees to what they said of money sent back",
        sa.select(RestNote.line_id, RestNote.decided_by_id.label("person")).where(
            RestNote.status == RestNoteStatus.COUNTS, RestNote.decided_by_id == RestNote.said_by_id
        ),
        "receipt {line_id}",
        "person {person} spoke twice",
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
