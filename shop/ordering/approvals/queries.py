"""Requests as an organisation's members read them, and where one stands for who ordered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.kit.errors import NotFound
from shop.ordering.approvals.models import ApprovalState, OrderApproval, OrderProcurement
from shop.ordering.models import Order, OrderLine
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class Request:
    """One request, its order, and the persons behind both."""

    approval: OrderApproval
    order_number: str
    total_fen: int
    recipient: str
    buyer: str
    decided_by: str

    def waits(self, now: datetime) -> bool:
        return self.approval.state is ApprovalState.WAITING and self.approval.expires_at > now

    def state(self, now: datetime) -> str:
        """What it is called: too late counts before the round that says so."""
        if self.approval.state is ApprovalState.WAITING and not self.waits(now):
            return ApprovalState.EXPIRED.value
        return self.approval.state.value


def page_of_requests(
    session: Session, organisation_id: int, *, of_user: int | None, page: int = 1
) -> Page[Request]:
    """Those that wait first, the oldest of them first; then the newest that were settled. `of_user`: only their own."""
    waits = OrderApproval.state == ApprovalState.WAITING
    statement = _requests().where(OrderApproval.organisation_id == organisation_id)
    if of_user is not None:
        statement = statement.where(Order.user_id == of_user)
    newest = sa.case((waits, OrderApproval.id), else_=-OrderApproval.id)
    ordered = statement.order_by(sa.case((waits, 0), else_=1), newest)
    return read_page(session, ordered, number=page, size=20).map(lambda row: Request(*row))


def read_request(session: Session, organisation_id: int, approval_id: int) -> Request:
    """Raises NotFound, also for another organisation's."""
    statement = _requests().where(
        OrderApproval.organisation_id == organisation_id, OrderApproval.id == approval_id
    )
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    return Request(*row)


def lines_and_procurement(
    session: Session, order_id: int
) -> tuple[Sequence[OrderLine], OrderProcurement | None]:
    """What is to be approved. Two statements."""
    lines = sa.select(OrderLine).where(OrderLine.order_id == order_id).order_by(OrderLine.id)
    return session.scalars(lines).all(), session.get(OrderProcurement, order_id)


def last_request(session: Session, order_id: int) -> Request | None:
    """The newest of an order, for its own page. One statement."""
    statement = _requests().where(OrderApproval.order_id == order_id).order_by(OrderApproval.id.desc())
    row = session.execute(statement.limit(1)).one_or_none()
    return Request(*row) if row is not None else None


def orders_to_approve(session: Session, order_ids: Collection[int], *, now: datetime) -> set[int]:
    """Which of these somebody may still approve. One statement, none for none."""
    if not order_ids:
        return set()
    statement = sa.select(OrderApproval.order_id).where(
        OrderApproval.order_id.in_(order_ids),
        OrderApproval.state == ApprovalState.WAITING,
        OrderApproval.expires_at > now,
    )
    return set(session.scalars(statement))


def count_waiting(session: Session, organisation_id: int, *, beside: int, now: datetime) -> int:
    """How many this approver may decide. One statement, by index."""
    statement = sa.select(sa.func.count()).where(
        OrderApproval.organisation_id == organisation_id,
        OrderApproval.state == ApprovalState.WAITING,
        OrderApproval.expires_at > now,
        OrderApproval.asked_by_id.is_distinct_from(beside),
    )
    return session.scalar(statement) or 0


def _requests() -> sa.Select[*tuple[Any, ...]]:
    buyer, decider = aliased(User), aliased(User)
    columns: tuple[Any, ...] = (
        *(OrderApproval, Order.number, Order.total_fen, Order.recipient),
        *(_name(buyer), _name(decider)),
    )
    return (
        sa.select(*columns)
        .join(Order, Order.id == OrderApproval.order_id)
        .outerjoin(buyer, buyer.id == OrderApproval.asked_by_id)
        .outerjoin(decider, decider.id == OrderApproval.decided_by_id)
    )


def _name(person: type[User]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")
