"""An order above a limit asks the organisation's approvers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisations import APPROVING
from shop.accounts.shop_settings import read_shop_settings
from shop.ordering.approvals.ending import waiting_approval
from shop.ordering.approvals.errors import NobodyApproves
from shop.ordering.approvals.events import ApprovalAsked
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.approvals.spending import ON_ACCOUNT, Over
from shop.ordering.history import note
from shop.ordering.models import Order
from shop.ordering.queries import cutoff_of
from shop.storage.event_log import record

LEAST: Final = timedelta(hours=2)  # also where the truck takes no more orders before


def is_approved(session: Session, order: Order, organisation_id: int) -> bool:
    """Whether somebody agreed to this order, for this organisation, at this price."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    OrderApproval.order_id == order.id,
                    OrderApproval.organisation_id == organisation_id,
                    OrderApproval.state == ApprovalState.APPROVED,
                    OrderApproval.amount_fen >= order.total_fen,
                )
            )
        )
    )


def ask_approval(
    session: Session, order: Order, organisation_id: int, over: Sequence[Over], *, now: datetime
) -> OrderApproval:
    """The request that waits, made if there is none; approvers are told. Call it behind the order's lock.

    Raises NobodyApproves.
    """
    waiting = waiting_approval(session, order.id)
    if waiting is not None:
        return waiting
    if not approvers_of(session, organisation_id, beside=order.user_id):
        raise NobodyApproves(field="payment_method")
    approval = OrderApproval(
        order_id=order.id,
        organisation_id=organisation_id,
        amount_fen=order.total_fen,
        over=[one.as_fact() for one in over],
        state=ApprovalState.WAITING,
        asked_at=now,
        asked_by_id=order.user_id,
        expires_at=_until(session, order, now),
    )
    order.organisation_id, order.payment_method = organisation_id, ON_ACCOUNT
    session.add(approval)
    session.flush()
    note(session, order.id, "approval_asked", now, order.user_id, amount_fen=approval.amount_fen)
    record(session, ApprovalAsked(approval.id, now))
    return approval


def approvers_of(session: Session, organisation_id: int, *, beside: int | None) -> Sequence[int]:
    """Accounts that may approve what `beside` ordered. One statement."""
    statement = (
        sa.select(User.id)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            OrganisationMember.role.in_(APPROVING),
            User.active,
            User.id != (beside or 0),
        )
    )
    return session.scalars(statement.order_by(User.id)).all()


def _until(session: Session, order: Order, now: datetime) -> datetime:
    """The shop's number of hours, and not after the truck's last orders; never less than two hours."""
    until = now + timedelta(hours=read_shop_settings(session).approval_hours)
    cutoff = cutoff_of(session, order.id)
    return max(min(until, cutoff) if cutoff is not None else until, now + LEAST)
