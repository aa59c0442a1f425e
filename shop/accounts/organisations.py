"""Organisations that somebody buys for, and what the person may do there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.kit.errors import NotFound

OWNER: Final = "owner"
BUYER: Final = "buyer"
APPROVER: Final = "approver"
VIEWER: Final = "viewer"
BUYING: Final = (OWNER, BUYER)  # may make things and order them
APPROVING: Final = (OWNER, APPROVER)


@dataclass(frozen=True, slots=True)
class Membership:
    """One person in one organisation."""

    organisation: Organisation
    user_id: int
    role: str

    def may(self, *roles: str) -> bool:
        return self.role in roles


def organisations_of(session: Session, user_id: int) -> Sequence[Organisation]:
    """Those whose orders this member may place or see, by name."""
    statement = (
        sa.select(Organisation)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.user_id == user_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return session.scalars(statement).all()


def buying_organisations(session: Session, user_id: int) -> Sequence[Organisation]:
    """Those that this account may order for, by name. One statement."""
    statement = (
        sa.select(Organisation)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(OrganisationMember.user_id == user_id, OrganisationMember.role.in_(BUYING))
        .order_by(Organisation.name, Organisation.id)
    )
    return session.scalars(statement).all()


def organisation_of_member(session: Session, slug: str, user_id: int) -> Organisation:
    """Raises NotFound, also when the person is no member of it."""
    return require_org_role(session, slug, user_id).organisation


def slug_for_member(session: Session, organisation_id: int | None, user_id: int | None) -> str:
    """What leads to the organisation's pages, for who belongs to it; else empty. One statement at most."""
    if organisation_id is None or user_id is None:
        return ""
    own = (
        sa.select(Organisation.slug)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id, OrganisationMember.user_id == user_id)
    )
    return session.scalar(own) or ""


def require_org_role(session: Session, slug: str, user_id: int, *roles: str) -> Membership:
    """The person's membership, where the role is one of these; any role, where none is named. One statement.

    Raises NotFound for an organisation of others as for one that does not exist, and for a role that may not: what a
    member may not do looks as if it were not there. Ask it again inside the transaction that writes: a role can end
    between the page and its form.
    """
    statement = (
        sa.select(Organisation, OrganisationMember.role)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(Organisation.slug == slug, OrganisationMember.user_id == user_id)
    )
    row = session.execute(statement).one_or_none()
    if row is None or (roles and row[1] not in roles):
        raise NotFound()
    return Membership(row[0], user_id, row[1])
