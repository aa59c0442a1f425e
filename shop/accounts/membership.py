"""Who belongs to an organisation, and as what. Every change takes turns behind the organisation's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.models import CampusIdentity, CampusUnit
from shop.accounts.models import Organisation, OrganisationMember, User
from shop.accounts.organisation_models import SpendingLimit
from shop.accounts.organisations import APPROVER, BUYER, OWNER, VIEWER
from shop.accounts.proved_email import demand_known_owner, strangers_perhaps
from shop.accounts.terms import lock_organisation
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.paging import Page, read_page

MEMBER_ROLES: Final = {
    OWNER: msg("Owner"),
    BUYER: msg("Buyer"),
    APPROVER: msg("Approver"),
    VIEWER: msg("Viewer"),
}
UNIT_ROLES: Final = (BUYER, VIEWER)  # what a whole unit may be given; the others are named one by one
_MAY_MORE: Final = {VIEWER: 0, BUYER: 1, APPROVER: 2, OWNER: 3}
_RANK: Final = sa.case({OWNER: 0, APPROVER: 1, BUYER: 2}, value=OrganisationMember.role, else_=3)


class LastOwner(Conflict):
    code = "last_owner"
    default_message = msg("An organisation needs an owner. Make somebody else an owner first.")


@dataclass(frozen=True)
class Member:
    user_id: int
    name: str
    email: str | None
    role: str
    doubtful: bool  # somebody registered with this address, and nobody has confirmed it


def page_of_members(session: Session, organisation_id: int, *, page: int = 1) -> Page[Member]:
    """Owners first, then by name."""
    statement = _members(organisation_id).order_by(_RANK, User.name, User.id)
    return read_page(session, statement, number=page).map(lambda row: Member(*row))


def members_of(session: Session, organisation_id: int) -> Sequence[Member]:
    statement = _members(organisation_id).order_by(_RANK, User.name, User.id)
    return [Member(*row) for row in session.execute(statement)]


def get_member(session: Session, organisation_id: int, user_id: int) -> Member:
    """Raises NotFound, also for who belongs to another organisation."""
    row = session.execute(_members(organisation_id).where(User.id == user_id)).one_or_none()
    if row is None:
        raise NotFound()
    return Member(*row)


def put_member(
    session: Session, organisation_id: int, user_id: int, role: str, *, actor_id: int | None, now: datetime
) -> None:
    """Add somebody, or change what they may do. Raises NotFound, InvalidInput, LastOwner; OwnerUnknown where somebody
    would get more whose address nobody has confirmed.
    """
    if role not in MEMBER_ROLES:
        raise InvalidInput(msg("Please choose one from the list."), field="role")
    lock_organisation(session, organisation_id)
    member = session.get(OrganisationMember, (organisation_id, user_id), populate_existing=True)
    if member is None or _MAY_MORE[role] > _MAY_MORE[member.role]:
        # Who comes by a link of the organisation's was asked at the address that they have.
        demand_known_owner(session, user_id, invited_here=actor_id == user_id)
    if member is None:
        session.add(OrganisationMember(organisation_id=organisation_id, user_id=user_id, role=role))
    elif member.role == role:
        return
    else:
        if role != OWNER:
            _keep_an_owner(session, member)
        member.role = role
    session.flush()
    facts = {"user_id": user_id, "role": role}
    audit(session, actor_id, "organisation.member_set", "organisation", organisation_id, facts, now=now)


def change_role(
    session: Session, organisation_id: int, user_id: int, role: str, *, actor_id: int, now: datetime
) -> None:
    """As `put_member`, for somebody who belongs to it. Raises NotFound for others, and what that raises."""
    get_member(session, organisation_id, user_id)
    put_member(session, organisation_id, user_id, role, actor_id=actor_id, now=now)


def remove_member(
    session: Session, organisation_id: int, user_id: int, *, actor_id: int | None, now: datetime
) -> None:
    """Their limits go with them; orders stay. Raises NotFound, LastOwner."""
    lock_organisation(session, organisation_id)
    member = session.get(OrganisationMember, (organisation_id, user_id), populate_existing=True)
    if member is None:
        raise NotFound()
    _keep_an_owner(session, member)
    of_member = SpendingLimit.organisation_id == organisation_id, SpendingLimit.user_id == user_id
    session.execute(sa.delete(SpendingLimit).where(*of_member))
    session.delete(member)
    session.flush()
    facts = {"user_id": user_id}
    audit(session, actor_id, "organisation.member_removed", "organisation", organisation_id, facts, now=now)


def organisations_to_join(session: Session, user_id: int) -> Sequence[Organisation]:
    """Those that the person's unit is let into, without those they belong to already. One statement.

    Only what the campus itself says counts: everybody can write any unit into their account.
    """
    mine = sa.exists().where(
        OrganisationMember.organisation_id == Organisation.id, OrganisationMember.user_id == user_id
    )
    statement = sa.select(Organisation).where(
        Organisation.unit_role.in_(UNIT_ROLES), Organisation.unit_id.in_(_campus_units(user_id)), ~mine
    )
    return session.scalars(statement.order_by(Organisation.name, Organisation.id)).all()


def join_by_unit(session: Session, slug: str, user_id: int, *, now: datetime) -> None:
    """With the role that the organisation gives its unit; once, however often it is asked. Raises NotFound."""
    organisation = session.scalar(sa.select(Organisation).where(Organisation.slug == slug))
    if organisation is None:
        raise NotFound()
    locked = lock_organisation(session, organisation.id)
    if session.get(OrganisationMember, (locked.id, user_id)) is not None:
        return
    let_in = sa.select(sa.literal(locked.unit_id).in_(_campus_units(user_id)))
    if locked.unit_id is None or locked.unit_role not in UNIT_ROLES or not session.scalar(let_in):
        raise NotFound()
    put_member(session, locked.id, user_id, locked.unit_role, actor_id=user_id, now=now)


def _campus_units(user_id: int) -> sa.Select[int | None]:
    same = sa.and_(
        CampusUnit.provider == CampusIdentity.provider, CampusUnit.code == CampusIdentity.unit_code
    )
    return (
        sa.select(CampusUnit.unit_id)
        .join(CampusIdentity, same)
        .where(
            CampusIdentity.user_id == user_id,
            CampusIdentity.ended_at.is_(None),
            CampusUnit.unit_id.is_not(None),
        )
    )


def _keep_an_owner(session: Session, member: OrganisationMember) -> None:
    """Raises LastOwner when this one is. Behind the organisation's lock."""
    if member.role != OWNER:
        return
    others = sa.exists().where(
        OrganisationMember.organisation_id == member.organisation_id,
        OrganisationMember.user_id != member.user_id,
        OrganisationMember.role == OWNER,
    )
    if not session.scalar(sa.select(others)):
        raise LastOwner()


def _members(organisation_id: int) -> sa.Select[*tuple[Any, ...]]:
    columns: tuple[Any, ...] = (
        *(User.id, User.name, User.email, OrganisationMember.role),
        strangers_perhaps(),
    )
    return (
        sa.select(*columns)
        .join(User, User.id == OrganisationMember.user_id)
        .where(OrganisationMember.organisation_id == organisation_id)
    )
