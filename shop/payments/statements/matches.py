"""Which line pays which payment: written once, never more than came, taken back only while it is not confirmed.

Lines are locked before the order that they pay; their sums are kept by a conditional update with a CHECK behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import Conflict, NotFound
from shop.ordering.models import Order
from shop.ordering.reasons import Reason
from shop.payments.attempts import lock_with_order
from shop.payments.events import ReceiptsChanged
from shop.payments.models import Payment
from shop.payments.statements.errors import LineUsed, RestSentBack
from shop.payments.statements.models import BankMatch, KnownPayer, LineStatus, StatementLine
from shop.storage.event_log import record
from shop.storage.locks import LockRank, lock_rows


def lock_lines(session: Session, line_ids: Collection[int]) -> list[StatementLine]:
    """By id, as they are now. Raises NotFound when one is missing."""
    lines = lock_rows(
        session, LockRank.BANK_LINE, sa.select(StatementLine).where(StatementLine.id.in_(line_ids))
    )
    if len(lines) != len(set(line_ids)):
        raise NotFound()
    return lines


def lines_of_payment(session: Session, payment_id: int) -> set[int]:
    return set(session.scalars(sa.select(BankMatch.line_id).where(BankMatch.payment_id == payment_id)))


def lock_with_lines(session: Session, payment_id: int) -> Payment:
    """The payment behind its lines, which are locked first, and its order. Raises NotFound, and Conflict when other lines
    were put to it in between.
    """
    lines = lines_of_payment(session, payment_id)
    if lines:
        lock_lines(session, lines)
    _, payment = lock_with_order(session, payment_id)
    if not lines_of_payment(session, payment_id) <= lines:
        raise Conflict()
    return payment


def put_to(
    session: Session, line_id: int, payment_id: int, amount_fen: int, *, actor_id: int, now: datetime
) -> None:
    """So much of an open line pays this payment. Raises LineUsed when it has not so much left."""
    matched = StatementLine.matched_fen + amount_fen
    is_whole = matched == StatementLine.amount_fen
    taken = session.execute(
        sa.update(StatementLine)
        .where(
            StatementLine.id == line_id,
            StatementLine.status == LineStatus.OPEN,
            matched <= StatementLine.amount_fen,
        )
        .values(
            matched_fen=matched,
            status=sa.case((is_whole, LineStatus.MATCHED.value), else_=LineStatus.OPEN.value),
        )
        .returning(StatementLine.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        raise LineUsed()
    session.add(
        BankMatch(
            line_id=line_id, payment_id=payment_id, amount_fen=amount_fen, made_by_id=actor_id, made_at=now
        )
    )
    session.flush()


def is_matched(session: Session, payment_id: int) -> bool:
    return (
        session.scalar(sa.select(BankMatch.id).where(BankMatch.payment_id == payment_id).limit(1)) is not None
    )


def confirm_matches(session: Session, payment_id: int, *, now: datetime) -> None:
    """The payment is confirmed, and with it what pays it; its payers are known from now on. Its lines and its order are
    locked.
    """
    open_ones = sa.and_(BankMatch.payment_id == payment_id, BankMatch.confirmed_at.is_(None))
    lines = session.execute(
        sa.select(StatementLine.id, StatementLine.payer_key)
        .join(BankMatch, BankMatch.line_id == StatementLine.id)
        .where(open_ones)
        .order_by(StatementLine.id)
    ).all()
    if not lines:
        return
    session.execute(
        sa.update(BankMatch)
        .where(open_ones)
        .values(confirmed_at=now)
        .execution_options(synchronize_session=False)
    )
    record(session, ReceiptsChanged(tuple(line.id for line in lines), now))
    _learn(session, payment_id, sorted({line.payer_key for line in lines} - {""}), now)


def free_lines_of(session: Session, payment_id: int, line_ids: Collection[int], *, now: datetime) -> None:
    """Take back what a payment was proposed with; the lines and the order are locked.

    The line is open again as a whole, also when its rest was set aside: nothing is put away unseen. Raises RestSentBack
    where its rest has left, or is said to have: that is taken up again by a way of its own.
    """
    sent = sa.select(StatementLine.id).where(
        StatementLine.id.in_(line_ids),
        StatementLine.status == LineStatus.SET_ASIDE,
        StatementLine.reason.in_([Reason.REST_SENT_BACK.value, Reason.REST_GOING_BACK.value]),
    )
    if session.scalar(sent.limit(1)) is not None:
        raise RestSentBack()
    for line_id in line_ids:
        amount_fen = session.scalar(
            sa.delete(BankMatch)
            .where(
                BankMatch.line_id == line_id,
                BankMatch.payment_id == payment_id,
                BankMatch.confirmed_at.is_(None),
            )
            .returning(BankMatch.amount_fen)
            .execution_options(synchronize_session=False)
        )
        if amount_fen is None:
            continue
        session.execute(
            sa.update(StatementLine)
            .where(StatementLine.id == line_id)
            .values(
                matched_fen=StatementLine.matched_fen - amount_fen,
                status=LineStatus.OPEN,
                reason="",
                sent_as="",
                set_aside_by_id=None,
                set_aside_at=None,
            )
            .execution_options(synchronize_session=False)
        )
    record(session, ReceiptsChanged(tuple(line_ids), now))


def _learn(session: Session, payment_id: int, keys: Iterable[str], now: datetime) -> None:
    user_id = session.scalar(
        sa.select(Order.user_id).join(Payment, Payment.order_id == Order.id).where(Payment.id == payment_id)
    )
    if user_id is None:
        return
    for key in keys:
        known = session.scalar(
            sa.select(KnownPayer).where(KnownPayer.payer_key == key, KnownPayer.user_id == user_id)
        )
        if known is None:
            session.add(KnownPayer(payer_key=key, user_id=user_id, times=1, last_at=now))
        else:
            known.times, known.last_at = known.times + 1, now
    session.flush()
