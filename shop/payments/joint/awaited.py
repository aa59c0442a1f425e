"""What a transfer for many orders has to come to: the payments that it pays."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import Organisation, User
from shop.kit.errors import NotFound
from shop.kit.references import normalise_code
from shop.ordering.models import Order
from shop.payments.joint.models import JointState, JointTransfer
from shop.payments.models import Payment, PaymentStatus
from shop.payments.statements.models import BankMatch
from shop.payments.transitions import PAID

AWAITED: Final = (JointState.OPEN, JointState.SAID)
MOST_NAMED: Final = 500


def is_awaited() -> sa.ColumnElement[bool]:
    """SQL: a payment beside its order, whose money has not come and can still be used.

    One whose time is over may still be paid; one that was ended for another way to pay, or whose order its buyer
    called off, is not part of the sum any more.
    """
    return sa.and_(
        sa.or_(
            Payment.status == PaymentStatus.PENDING,
            sa.and_(Payment.status == PaymentStatus.EXPIRED, Payment.failure == ""),
        ),
        Payment.due_fen > 0,
        Order.confirmed_at.is_(None),
        Order.cancel_requested_at.is_(None),
    )


def awaited_payments(session: Session, joint_id: int) -> dict[int, int]:
    """Fen by payment, in the order of their ids. One statement."""
    rows = session.execute(
        sa.select(Payment.id, Payment.due_fen)
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.joint_id == joint_id, is_awaited())
        .order_by(Payment.id)
    )
    return {payment_id: fen for payment_id, fen in rows}  # noqa: C416  rows are no pairs to mypy


@dataclass(frozen=True, slots=True)
class AwaitedJoint:
    """As who looks at receipts, or the payer, reads it. `amount_fen` and `orders` are of what is not paid yet.

    `all_orders` are those that it pays, or has paid: one that was called off before is none of them.
    """

    id: int
    gift_id: int
    title: str
    reference: str
    state: JointState
    account: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    organisation: str
    invoice_title: str
    said_by_id: int | None
    said_by: str
    said_at: datetime | None
    said_fen: int | None
    orders: int
    amount_fen: int
    user_id: int | None
    all_orders: int
    expired: int

    @property
    def is_late(self) -> bool:
        """Its time is over, and the orders were given up: money that comes now revives those whose goods are there."""
        return self.expired > 0 and self.expired == self.orders

    @property
    def done(self) -> int:
        return self.all_orders - self.orders


def joints(session: Session, *conditions: sa.ColumnElement[bool], most: int = 100) -> list[AwaitedJoint]:
    """Those that these conditions name, whose time ends first before the others. One statement."""
    by = aliased(User)
    counts = (
        sa.select(
            Payment.joint_id.label("joint_id"),
            sa.func.sum(sa.case((sa.or_(is_awaited(), Payment.status.in_(PAID)), 1), else_=0)).label(
                "all_orders"
            ),
            sa.func.coalesce(sa.func.sum(sa.case((is_awaited(), 1), else_=0)), 0).label("orders"),
            sa.cast(
                sa.func.coalesce(sa.func.sum(sa.case((is_awaited(), Payment.due_fen), else_=0)), 0),
                sa.BigInteger,
            ).label("fen"),
            sa.func.max(Order.user_id).label("user_id"),
            sa.func.sum(
                sa.case((sa.and_(is_awaited(), Payment.status == PaymentStatus.EXPIRED), 1), else_=0)
            ).label("expired"),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.joint_id.in_(sa.select(JointTransfer.id).where(*conditions)))
        .group_by(Payment.joint_id)
        .subquery()
    )
    title = sa.func.coalesce(sa.func.nullif(Organisation.invoice_title, ""), Organisation.name)
    columns: tuple[Any, ...] = (
        *(JointTransfer.id, JointTransfer.gift_id, JointTransfer.title, JointTransfer.reference),
        *(JointTransfer.state, JointTransfer.request, JointTransfer.created_at, JointTransfer.expires_at),
        *(Organisation.name, title, JointTransfer.said_by_id),
        *(sa.func.coalesce(sa.func.nullif(by.name, ""), by.email, ""), JointTransfer.said_at),
        *(JointTransfer.amount_fen, counts.c.orders, counts.c.fen, counts.c.user_id),
        *(counts.c.all_orders, counts.c.expired),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(counts, counts.c.joint_id == JointTransfer.id)
        .join(Organisation, Organisation.id == JointTransfer.organisation_id)
        .outerjoin(by, by.id == JointTransfer.said_by_id)
        .where(*conditions)
        .order_by(JointTransfer.expires_at, JointTransfer.id)
        .limit(most)
    )
    return [AwaitedJoint(*row) for row in rows]


def read_joint(session: Session, joint_id: int) -> AwaitedJoint:
    """Raises NotFound, also for one that no order has joined."""
    found = joints(session, JointTransfer.id == joint_id)
    if not found:
        raise NotFound()
    return found[0]


def joints_to_pay(session: Session, gift_id: int) -> list[AwaitedJoint]:
    """What of a gift is awaited, or is being confirmed, the oldest first. One statement."""
    found = joints(session, JointTransfer.gift_id == gift_id, JointTransfer.state != JointState.SETTLED)
    return [one for one in found if one.orders]


def joint_of_payment(session: Session, payment_id: int) -> AwaitedJoint | None:
    """The transfer that is to pay it with others; one that was paid alone has none. One statement."""
    joint_id = sa.select(Payment.joint_id).where(Payment.id == payment_id).scalar_subquery()
    return next(iter(joints(session, JointTransfer.id == joint_id)), None)


def waiting_joints(session: Session) -> list[AwaitedJoint]:
    """On which a second person has to speak. One statement."""
    return joints(session, JointTransfer.state == JointState.SAID)


def named_joints(session: Session, references: Collection[str]) -> list[AwaitedJoint]:
    """All that are awaited, and whatever became of those that a remark names. One statement."""
    named = JointTransfer.reference.in_(references)
    return joints(session, sa.or_(named, JointTransfer.state.in_(AWAITED)), most=MOST_NAMED)


def find_joints(session: Session, asked: str, *, most: int = 20) -> list[AwaitedJoint]:
    """Awaited ones by a part of their reference or title. One statement."""
    ways = [JointTransfer.title.contains(asked, autoescape=True)]
    if code := normalise_code(asked):
        ways.append(JointTransfer.reference.contains(code, autoescape=True))
    found = joints(session, JointTransfer.state == JointState.OPEN, sa.or_(*ways), most=most)
    return [one for one in found if one.orders]


def lines_of_joint(session: Session, joint_id: int) -> set[int]:
    """The receipts that were put to it and are not confirmed yet."""
    return set(
        session.scalars(
            sa.select(BankMatch.line_id)
            .join(Payment, Payment.id == BankMatch.payment_id)
            .where(Payment.joint_id == joint_id, BankMatch.confirmed_at.is_(None))
            .distinct()
        )
    )


def joints_of_lines(session: Session, line_ids: Collection[int]) -> list[tuple[int, AwaitedJoint]]:
    """What these receipts pay for many orders at once, with the receipt. Two statements, one where there are none."""
    pairs = session.execute(
        sa.select(BankMatch.line_id, Payment.joint_id)
        .join(Payment, Payment.id == BankMatch.payment_id)
        .where(BankMatch.line_id.in_(line_ids), Payment.joint_id.is_not(None))
        .distinct()
        .order_by(BankMatch.line_id, Payment.joint_id)
    ).all()
    if not pairs:
        return []
    found = {
        one.id: one for one in joints(session, JointTransfer.id.in_({joint_id for _, joint_id in pairs}))
    }
    return [(line_id, found[joint_id]) for line_id, joint_id in pairs if joint_id in found]
