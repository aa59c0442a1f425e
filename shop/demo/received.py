"""Money of the demo that belongs to no order: receipts of a bank statement, and an order that was paid twice."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, UserRole
from shop.kit.clock import shanghai_date
from shop.kit.money import plain_yuan, share
from shop.kit.references import random_code
from shop.ledger.posting import held_by
from shop.ledger.suspense import post_orphan_returned
from shop.ordering.history import note
from shop.ordering.models import Order, OrderStatus
from shop.payments.models import Payment, PaymentStatus, Refund, RefundStatus
from shop.payments.outcome import apply_state
from shop.payments.providers.base import AttemptStatus, ProviderState
from shop.payments.providers.config import SANDBOX
from shop.payments.providers.sandbox import FEE_BP, LIFETIME
from shop.payments.sandbox.models import SandboxSession, TillStatus
from shop.payments.statements.importing import Imported, Reading, import_statement, open_statement
from shop.payments.statements.matching import set_aside
from shop.payments.statements.models import StatementLine
from shop.payments.statements.rests import KEPT, put_rest
from shop.storage.unit_of_work import UnitOfWork

HEADINGS: Final = ("交易日期", "交易流水号", "贷方金额", "对方户名", "对方账号", "摘要")
# How many days ago each came: nobody knows yet what the first two are for, the next is kept, the last is not ours.
RECEIPTS: Final = (
    (2, 315_000, "平安建设有限公司", "1234", "中秋福利预付"),
    (4, 6_800, "王秀英", "5678", "买茶"),
    (6, 4_600, "某大学后勤服务中心", "4321", "货款多付"),
    (5, 120_000, "某镇小学", "8765", "误汇"),
)
WHY_ASIDE: Final = "汇错了账户，已由银行冲回"
FILE_NAME: Final = "statement-sample.csv"
_AGO: Final = timedelta(days=3)


def add_receipts(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Import a statement whose lines no order has, and pay one order twice; how many lines are new.

    Without anybody of finance nothing happens. A second time nothing is added on the same day.
    """
    finance = sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.FINANCE)
    actor_id = unit_of_work.run(lambda session: session.scalar(finance))
    if actor_id is None:
        return 0
    imported = unit_of_work.run(partial(_import, actor_id=actor_id, now=now - timedelta(days=1)))
    if imported.lines:
        unit_of_work.run(partial(_put_aside, statement_id=imported.statement_id, actor_id=actor_id, now=now))
        payment_id = unit_of_work.run(partial(_pay_twice, now=now))
        if payment_id is not None:
            unit_of_work.run(partial(_send_back, payment_id=payment_id))
    return imported.lines


def _import(session: Session, actor_id: int, now: datetime) -> Imported:
    buffer = io.StringIO()
    today = shanghai_date(now)
    rows = [
        (today - timedelta(days=ago), f"SAMPLE{place}", plain_yuan(fen), payer, account, remark)
        for place, (ago, fen, payer, account, remark) in enumerate(RECEIPTS)
    ]
    csv.writer(buffer).writerows([HEADINGS, *rows])
    file = open_statement(buffer.getvalue().encode("utf-8-sig"))
    reading = Reading(account="0088")
    return import_statement(session, file, reading, file_name=FILE_NAME, actor_id=actor_id, now=now)


def _put_aside(session: Session, statement_id: int, actor_id: int, now: datetime) -> None:
    ids = sa.select(StatementLine.id).where(StatementLine.statement_id == statement_id)
    *_, kept, not_ours = session.scalars(ids.order_by(StatementLine.id)).all()
    put_rest(session, kept, KEPT, actor_id=actor_id, now=now)
    set_aside(session, not_ours, WHY_ASIDE, actor_id=actor_id, now=now)


def _pay_twice(session: Session, now: datetime) -> int | None:
    """A page that an order's buyer had left open was paid as well: the payment's id."""
    paid = session.scalar(
        sa.select(Payment)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.provider == SANDBOX, Payment.status == PaymentStatus.SUCCEEDED, Payment.attempt == 1)
        .where(Order.status != OrderStatus.CANCELLED, Payment.succeeded_at <= now - _AGO)
        .order_by(Payment.succeeded_at.desc(), Payment.id.desc())
        .limit(1)
    )
    if paid is None or paid.succeeded_at is None:
        return None
    began, came = paid.created_at, paid.succeeded_at + timedelta(minutes=2)
    again = Payment(
        order_id=paid.order_id,
        attempt=2,
        provider=SANDBOX,
        status=PaymentStatus.EXPIRED,
        amount_fen=paid.amount_fen,
        reference=random_code(12),
        created_at=began,
        expires_at=began + LIFETIME,
        ended_at=paid.succeeded_at,
    )
    session.add(again)
    session.flush()
    token = _till(session, paid, again)
    state = ProviderState(
        AttemptStatus.SUCCEEDED,
        received_fen=again.amount_fen,
        fee_fen=share(again.amount_fen, FEE_BP, 10_000),
        method=SANDBOX,
        provider_ref=token,
        charge_ref=token,
    )
    apply_state(session, again.id, state, now=came)
    return again.id


def _till(session: Session, paid: Payment, again: Payment) -> str:
    """The sandbox's page of the second payment, whose money has gone back: like that of the first, which it knows."""
    first = session.scalars(sa.select(SandboxSession).where(SandboxSession.reference == paid.reference)).one()
    token = f"sb_{random_code(26)}"
    session.add(
        SandboxSession(
            token=token,
            reference=again.reference,
            status=TillStatus.PAID,
            amount_fen=again.amount_fen,
            order_number=first.order_number,
            items=first.items,
            language=first.language,
            return_url=first.return_url,
            cancel_url=first.cancel_url,
            created_at=again.created_at,
            expires_at=again.created_at + LIFETIME,
            refunded_fen=again.amount_fen,
        )
    )
    return token


def _send_back(session: Session, payment_id: int) -> None:
    """It went by itself a minute later. No letter leaves for what is made up."""
    payment = session.get_one(Payment, payment_id)
    now = (payment.succeeded_at or payment.created_at) + timedelta(minutes=1)
    refund = session.scalars(sa.select(Refund).where(Refund.payment_id == payment.id)).one()
    refund.status, refund.provider_ref = RefundStatus.SUCCEEDED, f"sbr_{random_code(26)}"
    refund.asked_at = refund.settled_at = now
    note(session, payment.order_id, "refund_succeeded", now, amount_fen=refund.amount_fen)
    post_orphan_returned(session, payment, refund, paid_from=held_by(payment.provider), now=now)
