"""Organisations that somebody buys for."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.kit.errors import NotFound


def organisations_of(session: Session, user_id: int) -> Sequence[Organisation]:
    """Those whose orders this member may place or see, by name."""
    statement = (
        sa.select(Organisation)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.user_id == user_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return session.scalars(statement).all()


def organisation_of_member(session: Session, slug: str, user_id: int) -> Organisation:
    """Raises NotFound, also when the person is no member of it."""
    statement = (
        sa.select(Organisation)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(Organisation.slug == slug, OrganisationMember.user_id == user_id)
    )
    organisation = session.scalar(statement)
    if organisation is None:
        raise NotFound()
    return organisation
