"""Which orders are somebody's own to read and to act on: asked here alone, at each request.

An account's orders are those that it placed. What it placed for an organisation stands with the organisation: it is its
own while it belongs to it, and from the moment when it is removed no more than anybody else's. Who has become a viewer
there reads it, and acts on nothing. In both cases the organisation's owners look after it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.organisations import OWNER, VIEWER
from shop.ordering.models import Order

MOST_NAMED = 5


def is_own(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: placed by this account and still its own. For who is not signed in: none is."""
    if user_id is None:
        return sa.false()
    return sa.and_(Order.user_id == user_id, stands_with(user_id))


def looked_after_by(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: its own, or ordered for an organisation that this account owns by somebody who acts for it no more."""
    return sa.or_(is_own(user_id), _left_to(user_id))


def acted_on_by(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: of what `looked_after_by` finds, all but what a viewer only reads."""
    if user_id is None:
        return sa.false()
    own = sa.and_(Order.user_id == user_id, sa.or_(Order.organisation_id.is_(None), _buyer_acts()))
    return sa.or_(own, _left_to(user_id))


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


def _left_to(user_id: int | None) -> sa.ColumnElement[bool]:
    """SQL: of an organisation that this account owns, whose buyer has left it or only looks on."""
    if user_id is None:
        return sa.false()
    mine = sa.select(OrganisationMember.organisation_id).where(
        OrganisationMember.user_id == user_id, OrganisationMember.role == OWNER
    )
    return sa.and_(Order.user_id.is_not(None), Order.organisation_id.in_(mine), ~_buyer_acts())


def _buyer_acts() -> sa.ColumnElement[bool]:
    return _buyers_membership().where(OrganisationMember.role != VIEWER).exists()


def _buyers_membership() -> sa.Select[int]:
    return (
        sa.select(OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id == Order.organisation_id,
            OrganisationMember.user_id == Order.user_id,
        )
        .correlate(Order)
    )


def reader_of(session: Session, order_id: int) -> int | None:
    """The account that is told of an order: its buyer's, or where they act no more for the organisation that it is of,
    its first owner's; a viewer's own where it has none. None for a guest's, and where nobody is left. One statement.
    """
    owner = aliased(OrganisationMember)
    heir = (
        sa.select(sa.func.min(owner.user_id))
        .join(User, User.id == owner.user_id)
        .where(owner.organisation_id == Order.organisation_id, owner.role == OWNER, User.active)
        .correlate(Order)
        .scalar_subquery()
    )
    stands = sa.or_(Order.organisation_id.is_(None), Order.user_id.is_(None), _buyer_acts())
    left = sa.func.coalesce(heir, _buyers_membership().scalar_subquery())
    return session.scalar(sa.select(sa.case((stands, Order.user_id), else_=left)).where(Order.id == order_id))


def may_act(session: Session, order: Order, user_id: int | None) -> bool:
    """Whether who may read this order may act on it. One statement at most: a guest's, and one of no organisation, is
    acted on by whoever reads it.
    """
    if order.organisation_id is None or order.user_id is None:
        return True
    found = sa.select(Order.id).where(Order.id == order.id, acted_on_by(user_id))
    return session.scalar(found) is not None


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
