"""The work list: receipts that pay nothing yet, each with what it seems to be for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import Organisation, User
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.joint.awaited import AwaitedJoint, find_joints, joints_of_lines, named_joints
from shop.payments.joint.models import JointState
from shop.payments.models import Payment, PaymentStatus
from shop.payments.providers.config import BY_BANK
from shop.payments.statements.finding import Candidate, Finding, Judgement, OpenLine, judge
from shop.payments.statements.models import (
    BankMatch,
    BankStatement,
    KnownPayer,
    LineStatus,
    RestDeed,
    RestNote,
    RestNoteStatus,
    StatementLine,
)
from shop.payments.statements.names import codes_in
from shop.payments.transfer_list import fits
from shop.payments.transitions import DEAD, PAID
from shop.storage.paging import First, read_first

MOST_LINES: Final = 400  # looked at together; the oldest
LATE: Final = timedelta(days=60)  # a transfer that expired may still arrive for so long

MOST_RESTS: Final = 100
_WAITS: Final = RestNote.status == RestNoteStatus.PROPOSED
_LEFT: Final = StatementLine.amount_fen - StatementLine.matched_fen
_IS_OPEN: Final = StatementLine.status == LineStatus.OPEN
_LINE_COLUMNS: Final[tuple[Any, ...]] = (
    *(StatementLine.id, StatementLine.booked_on, StatementLine.amount_fen, _LEFT.label("left_fen")),
    *(StatementLine.payer, StatementLine.payer_key, StatementLine.payer_account, StatementLine.remark),
    *(StatementLine.serial, BankStatement.imported_at, StatementLine.booked_at),
)


@dataclass(frozen=True, slots=True)
class WaitingRest:
    """What somebody says of a receipt's money, as the second person reads it."""

    note_id: int
    line_id: int
    deed: RestDeed
    amount_fen: int
    sent_as: str
    reason: str
    payer: str
    said_by_id: int | None
    said_by: str
    said_at: datetime


def open_receipts(session: Session, *, now: datetime) -> list[Judgement]:
    """The oldest that are open, the oldest first. At most seven statements, however many."""
    lines = first_open_receipts(session, most=MOST_LINES).items
    if not lines:
        return []
    keys = sorted({line.payer_key for line in lines if line.payer_key})
    known = {
        (row.payer_key, row.user_id)
        for row in session.execute(
            sa.select(KnownPayer.payer_key, KnownPayer.user_id).where(KnownPayer.payer_key.in_(keys))
        )
    }
    return _with_paid(
        session, judge(lines, _candidates(session, lines, {user for _, user in known}, now), known)
    )


def _with_paid(session: Session, found: list[Judgement]) -> list[Judgement]:
    """Of rests, what their lines pay, whatever the remarks name. Three statements, and none without rests."""
    rests = [one.line.id for one in found if one.finding is Finding.REST]
    if not rests:
        return found
    paid: dict[int, list[Candidate]] = {line_id: [] for line_id in rests}
    rows = _select().add_columns(BankMatch.line_id).join(BankMatch, BankMatch.payment_id == Payment.id)
    alone = sa.and_(BankMatch.line_id.in_(rests), Payment.joint_id.is_(None))
    for *facts, line_id in session.execute(rows.where(alone).order_by(BankMatch.id)):
        paid[line_id].append(Candidate(*facts))
    for line_id, one in joints_of_lines(session, rests):
        paid[line_id].append(_of_joint(one))
    return [replace(one, payments=paid[one.line.id]) if one.line.id in paid else one for one in found]


def first_open_receipts(session: Session, *, most: int, waiting: bool = False) -> First[OpenLine]:
    """The oldest, with how many there are and how much of them pays nothing yet. One statement.

    `waiting`: before them those that are said to be sent back, or here again, until a second person says so too.
    """
    waits = StatementLine.id.in_(_waiting()) if waiting else sa.false()
    statement = (
        sa.select(*_LINE_COLUMNS, waits)
        .join(BankStatement, BankStatement.id == StatementLine.statement_id)
        .where(sa.or_(_IS_OPEN, waits))
        .order_by(*([waits.desc()] if waiting else []), StatementLine.booked_on, StatementLine.id)
    )
    left = sa.case((StatementLine.reason == Reason.REST_SENT_BACK.value, 0), else_=_LEFT)
    return read_first(session, statement, most=most, adding=left).map(lambda row: OpenLine(*row))


def waiting_rests(session: Session) -> Sequence[WaitingRest]:
    """Money that somebody says was sent back, or is here again: the oldest. One statement."""
    by = aliased(User)
    rows = session.execute(
        sa.select(
            *(RestNote.id, RestNote.line_id, RestNote.deed, RestNote.amount_fen, RestNote.sent_as),
            *(RestNote.reason, StatementLine.payer, RestNote.said_by_id),
            *(sa.func.coalesce(sa.func.nullif(by.name, ""), by.email, ""), RestNote.said_at),
        )
        .join(StatementLine, StatementLine.id == RestNote.line_id)
        .outerjoin(by, by.id == RestNote.said_by_id)
        .where(_WAITS)
        .order_by(RestNote.id)
        .limit(MOST_RESTS)
    )
    return [WaitingRest(*row) for row in rows]


def _waiting() -> sa.Select[int]:
    return sa.select(RestNote.line_id).where(_WAITS)


def find_payments(session: Session, asked: str, *, most: int = 20) -> list[Candidate]:
    """Payments by transfer that no line pays yet, for a person to choose from, the newest first."""
    statement = _select().where(fits(asked), ~_is_taken()).order_by(Payment.id.desc()).limit(most)
    joints = [_of_joint(one) for one in find_joints(session, asked)]
    return [*joints, *(Candidate(*row) for row in session.execute(statement))]


def _candidates(
    session: Session, lines: Sequence[OpenLine], users: set[int], now: datetime
) -> list[Candidate]:
    """What the remarks name, what has the amount, and what buyers await whose payers are known. Two statements."""
    codes = [codes_in(line.remark) for line in lines]
    references = sorted(set().union(*(found for found, _ in codes)))
    numbers = sorted(set().union(*(found for _, found in codes)))
    titles = sorted({line.payer for line in lines if line.payer})
    alone = Payment.joint_id.is_(None)  # others come with their gift, unless somebody names one of them
    payers = sa.or_(Order.user_id.in_(sorted(users)), _title().in_(titles))
    wanted = sa.or_(
        Payment.reference.in_(references),
        Order.number.in_(numbers),
        sa.and_(alone, Payment.due_fen.in_(sorted({line.left_fen for line in lines})), _may_still_come(now)),
        sa.and_(alone, Payment.status == PaymentStatus.PENDING, payers),
    )
    found = [Candidate(*row) for row in session.execute(_select().where(wanted).order_by(Payment.id))]
    return [*found, *(_of_joint(one) for one in named_joints(session, references))]


def _of_joint(one: AwaitedJoint) -> Candidate:
    """A transfer for many orders, as one candidate."""
    is_over = one.state in (JointState.SETTLING, JointState.SETTLED)
    status = PaymentStatus.EXPIRED if one.is_late else PaymentStatus.PENDING
    return Candidate(
        payment_id=-one.id,
        order_number=one.reference,
        reference=one.reference,
        amount_fen=one.amount_fen if one.said_fen is None else one.said_fen,
        status=PaymentStatus.SUCCEEDED if is_over else status,
        user_id=one.user_id,
        recipient=one.organisation,
        invoice_title=one.invoice_title,
        created_at=one.created_at,
        is_taken=one.state is not JointState.OPEN or not one.orders,
        joint_id=one.id,
        title=one.title,
        orders=one.orders or one.all_orders,
    )


def _may_still_come(now: datetime) -> sa.ColumnElement[bool]:
    """Awaited, given up lately, or confirmed by hand lately and not put to a line."""
    lately = Payment.ended_at >= now - LATE
    return sa.or_(
        Payment.status == PaymentStatus.PENDING,
        sa.and_(Payment.status.in_([*DEAD, *PAID]), lately),
    )


def _is_taken() -> sa.ColumnElement[bool]:
    return sa.exists().where(BankMatch.payment_id == Payment.id).correlate(Payment)


def _title() -> sa.ColumnElement[str]:
    """On whose name the invoice is; on terms without a wish for one, the organisation's."""
    wished = sa.func.nullif(Order.invoice_title, "")
    return sa.func.coalesce(wished, Organisation.invoice_title, "")


def _select() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Payment.id, Order.number, Payment.reference, Payment.due_fen, Payment.status),
            *(Order.user_id, Order.recipient, _title(), Payment.created_at, _is_taken()),
        )
        .join(Order, Order.id == Payment.order_id)
        .outerjoin(Organisation, Organisation.id == Order.organisation_id)
        .where(Payment.provider.in_(BY_BANK), Payment.due_fen > 0)
    )
