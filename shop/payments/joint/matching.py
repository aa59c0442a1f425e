"""The money of a gift's transfer is on the statement: said once for all of its orders, by two persons above the limit.

Receipts are put to every payment in the transaction that says so, hence nobody else can use them; the orders are
confirmed afterwards one by one (`settling`), which takes a while for thousands.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.errors import NotFound
from shop.kit.money import format_yuan
from shop.ordering.reasons import Reason
from shop.payments.errors import NotByOnePerson
from shop.payments.events import ReceiptsChanged
from shop.payments.joint.awaited import awaited_payments, lines_of_joint
from shop.payments.joint.errors import JointIsOver
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment
from shop.payments.second_person import needs_second
from shop.payments.statements.errors import LineUsed, NothingChosen, NotTheWholeAmount, RestSentBack
from shop.payments.statements.matches import lock_lines
from shop.payments.statements.matching import spread
from shop.payments.statements.models import BankMatch, LineStatus, StatementLine
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_row

SUBJECT = "joint_transfer"


def say_it_came(
    session: Session, joint_id: int, line_ids: Collection[int], *, actor_id: int, now: datetime
) -> JointState:
    """These receipts are the whole sum; of a single one something may be left over.

    Raises NotFound, NothingChosen, LineUsed, NotTheWholeAmount, and JointIsOver where somebody was faster. Locks the
    receipts, then the transfer.
    """
    if not line_ids:
        raise NothingChosen()
    lines = lock_lines(session, line_ids)
    joint = _lock(session, joint_id)
    if joint.state is not JointState.OPEN:
        raise JointIsOver()
    payments = awaited_payments(session, joint_id)
    if not payments:
        raise JointIsOver()
    if any(line.status is not LineStatus.OPEN for line in lines):
        raise LineUsed()
    left = {line.id: line.amount_fen - line.matched_fen for line in lines}
    wanted, received = sum(payments.values()), sum(left.values())
    if received < wanted or (len(lines) > 1 and received != wanted):
        raise NotTheWholeAmount(received=format_yuan(received), expected=format_yuan(wanted))
    _put(session, left, payments, actor_id, now)
    heaviest = max(line.amount_fen for line in lines)
    waits = needs_second(session, max(wanted, heaviest))
    joint.state = JointState.SAID if waits else JointState.SETTLING
    joint.amount_fen, joint.said_by_id, joint.said_at = wanted, actor_id, now
    facts = {"amount_fen": wanted, "orders": len(payments)}
    audit(session, actor_id, "joint_transfer.said", SUBJECT, joint_id, facts, now=now)
    return joint.state


def agree_that_it_came(session: Session, joint_id: int, *, actor_id: int, now: datetime) -> None:
    """The second person says the same. Agreeing twice is once. Raises NotFound, NotByOnePerson, JointIsOver."""
    joint = _lock(session, joint_id)
    if joint.state in (JointState.SETTLING, JointState.SETTLED) and joint.agreed_by_id == actor_id:
        return
    if joint.state is not JointState.SAID:
        raise JointIsOver()
    if joint.said_by_id == actor_id:
        raise NotByOnePerson()
    joint.state, joint.agreed_by_id, joint.agreed_at = JointState.SETTLING, actor_id, now
    audit(
        session,
        actor_id,
        "joint_transfer.agreed",
        SUBJECT,
        joint_id,
        {"amount_fen": joint.amount_fen},
        now=now,
    )


def take_back_that_it_came(session: Session, joint_id: int, *, actor_id: int, now: datetime) -> None:
    """Either person, before the second agreed: its receipts are free again. Twice is once.

    Raises NotFound, JointIsOver, and RestSentBack where what was left of a receipt has gone back to its payer.
    """
    lines = lines_of_joint(session, joint_id)
    if lines:
        lock_lines(session, lines)
    joint = _lock(session, joint_id)
    if joint.state is JointState.OPEN:
        return
    if joint.state is not JointState.SAID or lines_of_joint(session, joint_id) != lines:
        raise JointIsOver()
    _free(session, joint_id, lines, now)
    facts = {"amount_fen": joint.amount_fen}
    joint.state, joint.amount_fen, joint.said_by_id, joint.said_at = JointState.OPEN, None, None, None
    audit(session, actor_id, "joint_transfer.withdrawn", SUBJECT, joint_id, facts, now=now)


def _lock(session: Session, joint_id: int) -> JointTransfer:
    joint = lock_row(
        session, LockRank.JOINT_TRANSFER, sa.select(JointTransfer).where(JointTransfer.id == joint_id)
    )
    if joint is None:
        raise NotFound()
    return joint


def _put(
    session: Session, left: dict[int, int], payments: dict[int, int], actor_id: int, now: datetime
) -> None:
    """So many matches at once, and each receipt by so much less; the receipts are locked."""
    rows = [
        {
            "line_id": line_id,
            "payment_id": step.payment_id,
            "amount_fen": fen,
            "made_by_id": actor_id,
            "made_at": now,
        }
        for step in spread(dict(left), payments)
        for line_id, fen in step.parts.items()
    ]
    for line_id in left:
        matched = StatementLine.matched_fen + sum(
            int(str(row["amount_fen"])) for row in rows if row["line_id"] == line_id
        )
        taken = session.scalar(
            sa.update(StatementLine)
            .where(
                StatementLine.id == line_id,
                StatementLine.status == LineStatus.OPEN,
                matched <= StatementLine.amount_fen,
            )
            .values(
                matched_fen=matched,
                status=sa.case(
                    (matched == StatementLine.amount_fen, LineStatus.MATCHED.value),
                    else_=LineStatus.OPEN.value,
                ),
            )
            .returning(StatementLine.id)
            .execution_options(synchronize_session=False)
        )
        if taken is None:
            raise LineUsed()
    session.execute(sa.insert(BankMatch), rows)


def _free(session: Session, joint_id: int, line_ids: Collection[int], now: datetime) -> None:
    gone = sa.select(StatementLine.id).where(
        StatementLine.id.in_(line_ids),
        StatementLine.status == LineStatus.SET_ASIDE,
        StatementLine.reason.in_([Reason.REST_SENT_BACK.value, Reason.REST_GOING_BACK.value]),
    )
    if session.scalar(gone.limit(1)) is not None:
        raise RestSentBack()
    own = sa.select(Payment.id).where(Payment.joint_id == joint_id)
    for line_id in sorted(line_ids):
        here = sa.and_(
            BankMatch.line_id == line_id, BankMatch.payment_id.in_(own), BankMatch.confirmed_at.is_(None)
        )
        fen = session.scalar(sa.select(sa.cast(sa.func.sum(BankMatch.amount_fen), sa.BigInteger)).where(here))
        session.execute(sa.delete(BankMatch).where(here).execution_options(synchronize_session=False))
        session.execute(
            sa.update(StatementLine)
            .where(StatementLine.id == line_id)
            .values(
                matched_fen=StatementLine.matched_fen - int(fen or 0),
                status=LineStatus.OPEN,
                reason="",
                sent_as="",
                set_aside_by_id=None,
                set_aside_at=None,
            )
            .execution_options(synchronize_session=False)
        )
    record(session, ReceiptsChanged(tuple(sorted(line_ids)), now))
