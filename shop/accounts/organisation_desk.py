"""Organisations and their members, as the shop's team keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.contacts import normalise_email
from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, line, slug, tax_number
from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.users import find_user_id
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import like_pattern, msg, tidy
from shop.storage.paging import Page, read_page

MEMBER_ROLES: Final = {
    "owner": msg("Owner"),
    "buyer": msg("Buyer"),
    "approver": msg("Approver"),
    "viewer": msg("Viewer"),
}
ORGANISATION: Final = Sheet(
    "organisation",
    {
        "slug": slug(),
        "name": line(120, needed=True),
        "invoice_title": line(120, needed=True),
        "tax_number": tax_number(),
    },
    unique=("slug", "name"),
)


@dataclass(frozen=True)
class OrganisationRow:
    id: int
    name: str
    tax_number: str
    members: int


@dataclass(frozen=True)
class Member:
    user_id: int
    name: str
    email: str | None
    role: str


def list_organisations(session: Session, *, text: str = "", page: int = 1) -> Page[OrganisationRow]:
    members = (
        sa.select(sa.func.count())
        .where(OrganisationMember.organisation_id == Organisation.id)
        .scalar_subquery()
    )
    statement = sa.select(Organisation.id, Organisation.name, Organisation.tax_number, members).order_by(
        Organisation.name, Organisation.id
    )
    if wanted := tidy(text):
        statement = statement.where(Organisation.name.ilike(f"%{like_pattern(wanted)}%", escape="\\"))
    return read_page(session, statement, number=page).map(lambda row: OrganisationRow(*row))


def members_of(session: Session, organisation_id: int) -> Sequence[Member]:
    statement = (
        sa.select(User.id, User.name, User.email, OrganisationMember.role)
        .join(User, User.id == OrganisationMember.user_id)
        .where(OrganisationMember.organisation_id == organisation_id)
        .order_by(OrganisationMember.role, User.name, User.id)
    )
    return [Member(*row) for row in session.execute(statement)]


def get_organisation(session: Session, record_id: int) -> Organisation:
    """Raises NotFound."""
    return get_row(session, Organisation, record_id)


def save_organisation(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Raises NotFound; InvalidInput also for a tax number whose check digits do not fit."""
    saved = save_row(session, Organisation, ORGANISATION, record_id, values, actor_id=actor_id, now=now)
    organisation: Organisation = saved.row
    return organisation.id


def set_member(
    session: Session, organisation_id: int, email: str, role: str, *, actor_id: int | None, now: datetime
) -> None:
    """Add somebody by e-mail address, or change what they may do. Raises NotFound, InvalidInput."""
    get_organisation(session, organisation_id)
    if role not in MEMBER_ROLES:
        raise InvalidInput(msg("Please choose one from the list."), field="role")
    user_id = find_user_id(session, normalise_email(email))
    if user_id is None:
        raise InvalidInput(msg("Nobody has an account with this address."), field="email")
    member = session.get(OrganisationMember, (organisation_id, user_id))
    if member is None:
        session.add(OrganisationMember(organisation_id=organisation_id, user_id=user_id, role=role))
    else:
        member.role = role
    session.flush()
    facts = {"user_id": user_id, "role": role}
    audit(session, actor_id, "organisation.member_set", "organisation", organisation_id, facts, now=now)


def remove_member(
    session: Session, organisation_id: int, user_id: int, *, actor_id: int | None, now: datetime
) -> None:
    """Raises NotFound."""
    member = session.get(OrganisationMember, (organisation_id, user_id))
    if member is None:
        raise NotFound()
    session.delete(member)
    session.flush()
    facts = {"user_id": user_id}
    audit(session, actor_id, "organisation.member_removed", "organisation", organisation_id, facts, now=now)
