"""Proof of payment: what came, by which way, under which number of the bank; and what is still owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.text import msg
from shop.ordering.models import Order
from shop.payments.models import ON_ACCOUNT, Payment, PaymentStatus
from shop.payments.providers.config import ALIPAY, BANK_TRANSFER, SANDBOX, STRIPE, WECHAT
from shop.payments.statements.models import BankMatch, StatementLine
from shop.payments.terms.crediting import carries_an_order
from shop.reimbursement.goods import Goods
from shop.reimbursement.section import Section, SectionKey, Standing
from shop.reimbursement.wording import Tongue
from shop.storage.pdfs import Column, Pages

WAYS: Final = {
    ON_ACCOUNT: msg("Transfer on account"),
    BANK_TRANSFER: msg("Bank transfer"),
    STRIPE: msg("Card"),
    WECHAT: msg("WeChat Pay"),
    ALIPAY: msg("Alipay"),
    SANDBOX: msg("Test payment"),
}


@dataclass(frozen=True, slots=True)
class Paid:
    """One order's payment, or its debt while `paid_at` is None. `back_fen`: what of it went back or is on its way."""

    payment_id: int
    order_number: str
    provider: str
    reference: str
    provider_ref: str | None
    amount_fen: int
    due_at: datetime | None
    paid_at: datetime | None
    back_fen: int


@dataclass(frozen=True, slots=True)
class Receipt:
    payment_id: int
    booked_on: Any
    payer: str
    serial: str
    amount_fen: int


def payment_section(session: Session, goods: Goods, say: Tongue) -> Section:
    """Two statements."""
    paid = _paid(session, [one.id for one in goods.orders])
    receipts = _receipts(session, [one.payment_id for one in paid])
    came = [one for one in paid if one.paid_at is not None]
    owed = [one for one in paid if one.paid_at is None]
    says = []
    if came:
        words = msg("Paid: %(amount)s. Orders: %(orders)s.")
        says.append(say(words, amount=say.yuan(sum(one.amount_fen for one in came)), orders=len(came)))
    back = sum(one.back_fen for one in came)
    if back:
        words = msg("%(back)s of it went back or is on its way back; %(stays)s stay.")
        stays = sum(one.amount_fen for one in came) - back
        says.append(say(words, back=say.yuan(back), stays=say.yuan(stays)))
    if owed:
        words = msg("%(amount)s is not paid yet, to be transferred by %(day)s.")
        if goods.is_most:
            words = msg(
                "At most %(amount)s is not paid yet, to be transferred by %(day)s: goods by weight are not settled."
            )
        last = min((one.due_at for one in owed if one.due_at is not None), default=None)
        says.append(say(words, amount=say.yuan(sum(one.amount_fen for one in owed)), day=say.day(last)))
    if not paid:
        says.append(say(msg("Nothing had to be paid in the end.")))
    standing = Standing.MISSING if owed else Standing.THERE
    return Section(
        SectionKey.PAYMENT, standing, tuple(says), write=lambda pages: _write(pages, paid, receipts, say)
    )


def _write(pages: Pages, paid: Sequence[Paid], receipts: Sequence[Receipt], say: Tongue) -> None:
    columns = [
        Column(say(msg("Order number")), 2),
        Column(say(msg("Paid by")), 1.5),
        Column(say(msg("Reference")), 2.4),
        Column(say(msg("Paid on")), 1.4),
        Column(say(msg("Amount")), 1.5, "r"),
    ]
    rows = [
        [
            *(one.order_number, say(WAYS[one.provider]) if one.provider in WAYS else one.provider),
            *(one.provider_ref or one.reference, say.day(one.paid_at) or say(msg("not paid yet"))),
            say.yuan(one.amount_fen),
        ]
        for one in paid
    ]
    pages.table(
        columns, rows, [say(msg("In all")), "", "", "", say.yuan(sum(one.amount_fen for one in paid))]
    )
    back = sum(one.back_fen for one in paid)
    if back:
        stays = sum(one.amount_fen for one in paid) - back
        pages.facts(
            [
                (say(msg("Went back, or is on its way back")), say.yuan(-back)),
                (say(msg("Stays")), say.yuan(stays)),
            ]
        )
    if not receipts:
        return
    orders = {one.payment_id: one.order_number for one in paid}
    pages.section(say(msg("Receipts on the shop's bank statement")))
    columns = [
        Column(say(msg("Booked on")), 1.4),
        Column(say(msg("Payer")), 2.6),
        Column(say(msg("Serial number of the bank")), 2.4),
        Column(say(msg("For order")), 1.8),
        Column(say(msg("Amount")), 1.4, "r"),
    ]
    pages.table(
        columns,
        [
            [say.day(one.booked_on), one.payer, one.serial, orders[one.payment_id], say.yuan(one.amount_fen)]
            for one in receipts
        ],
    )


def _paid(session: Session, order_ids: Sequence[int]) -> list[Paid]:
    came = Payment.status == PaymentStatus.SUCCEEDED
    columns: tuple[Any, ...] = (
        *(Payment.id, Order.number, Payment.provider, Payment.reference, Payment.provider_ref),
        sa.case((came, sa.func.coalesce(Payment.received_fen, Payment.amount_fen)), else_=Payment.due_fen),
        *(Payment.expires_at, Payment.succeeded_at, Payment.refunding_fen),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.order_id.in_(order_ids), carries_an_order())
        .order_by(Order.id)
    )
    return [Paid(*row) for row in rows]


def _receipts(session: Session, payment_ids: Sequence[int]) -> list[Receipt]:
    """Those that are confirmed."""
    rows = session.execute(
        sa.select(
            *(BankMatch.payment_id, StatementLine.booked_on, StatementLine.payer, StatementLine.serial),
            BankMatch.amount_fen,
        )
        .join(StatementLine, StatementLine.id == BankMatch.line_id)
        .where(BankMatch.payment_id.in_(payment_ids), BankMatch.confirmed_at.is_not(None))
        .order_by(StatementLine.booked_on, BankMatch.id)
    )
    return [Receipt(*row) for row in rows]
