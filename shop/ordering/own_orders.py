"""Which orders are somebody's own to read and to act on: asked here alone, at each request.

An account's orders are those that it placed. What it placed for an organisation stands with the organisation: it is its
own while it belongs to it, and from the moment when it is removed no more than anybody else's: then the organisation's
owners look after it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.accounts.organisations import OWNER
from shop.ordering.models import Order

MOST_NAMED = 5


def is_own(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: placed by this account and still its own. For who is not signed in: none is."""
    if user_id is None:
        return sa.false()
    return sa.and_(Order.user_id == user_id, stands_with(user_id))


def looked_after_by(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: its own, or ordered for an organisation that this account owns by somebody who does not belong to it any more."""
    if user_id is None:
        return sa.false()
    left_behind = sa.and_(Order.user_id.is_not(None), _owns(user_id), ~_buyer_belongs())
    return sa.or_(is_own(user_id), left_behind)


def stands_with(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: of no organisation, or of one to which this account belongs today. Whoever placed it; so also where an outer
    join found no order.
    """
    belongs = (
        sa.select(OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id == Order.organisation_id,
            OrganisationMember.user_id == user_id,
        )
        .correlate(Order)
        .exists()
    )
    return sa.or_(Order.organisation_id.is_(None), belongs)


def _owns(user_id: int) -> sa.ColumnElement[bool]:
    mine = sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.user_id == user_id, OrganisationMember.role == OWNER
    )
    return Order.organisation_id.in_(mine)


def _buyer_belongs() -> sa.ColumnElement[bool]:
    return (
        sa.select(OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id == Order.organisation_id,
            OrganisationMember.user_id == Order.user_id,
        )
        .correlate(Order)
        .exists()
    )


def reader_of(session: Session, order_id: int) -> int | None:
    """The account that is told of an order: its buyer's, or where they left the organisation that it is of, its first
    owner's. None for a guest's, and where nobody is left. One statement.
    """
    heir = (
        sa.select(sa.func.min(OrganisationMember.user_id))
        .where(OrganisationMember.organisation_id == Order.organisation_id, OrganisationMember.role == OWNER)
        .correlate(Order)
        .scalar_subquery()
    )
    stands = sa.or_(Order.organisation_id.is_(None), Order.user_id.is_(None), _buyer_belongs())
    told = sa.case((stands, Order.user_id), else_=heir)
    return session.scalar(sa.select(told).where(Order.id == order_id))


def own_among(session: Session, user_id: int, numbers: Collection[str]) -> set[str]:
    """Which of these numbers lead to an order that is the account's own. One statement."""
    return set(session.scalars(sa.select(Order.number).where(Order.number.in_(numbers), is_own(user_id))))


def organisations_left(session: Session, user_id: int) -> Sequence[str]:
    """The first names, in their order, of those for which this account ordered and to which it no longer belongs.
    One statement.
    """
    statement = (
        sa.select(Organisation.name)
        .join(Order, Order.organisation_id == Organisation.id)
        .where(Order.user_id == user_id, ~stands_with(user_id))
        .distinct()
    )
    return session.scalars(statement.order_by(Organisation.name).limit(MOST_NAMED)).all()
