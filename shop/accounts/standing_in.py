"""Who is told of what somebody began for an organisation: they, or its first owner where they act there no more."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, User
from shop.accounts.organisations import APPROVER, BUYER, OWNER

ACTING = (OWNER, BUYER, APPROVER)  # a viewer only looks on


def stands_in(
    session: Session, organisation_id: int, user_id: int | None, *, roles: Collection[str] = ACTING
) -> int | None:
    """This account while it has one of these roles, else the first owner; None where there is nobody. One statement."""
    is_they = OrganisationMember.user_id == (user_id or 0)
    statement = (
        sa.select(OrganisationMember.user_id)
        .join(User, User.id == OrganisationMember.user_id)
        .where(
            OrganisationMember.organisation_id == organisation_id,
            User.active,
            sa.or_(sa.and_(is_they, OrganisationMember.role.in_(roles)), OrganisationMember.role == OWNER),
        )
        .order_by(sa.case((is_they, 0), else_=1), OrganisationMember.user_id)
    )
    return session.scalar(statement.limit(1))


def has_role(session: Session, organisation_id: int, user_id: int, roles: Collection[str]) -> bool:
    """One statement."""
    mine = sa.exists().where(
        OrganisationMember.organisation_id == organisation_id,
        OrganisationMember.user_id == user_id,
        OrganisationMember.role.in_(roles),
    )
    return bool(session.scalar(sa.select(mine)))
