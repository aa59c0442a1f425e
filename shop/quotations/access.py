"""Who of an organisation may do what with its quotations. Members of others find nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember
from shop.kit.errors import NotFound
from shop.quotations.errors import NotYourPart
from shop.quotations.models import Quotation
from shop.storage.locks import LockRank, lock_row

MAKES: Final = frozenset({"owner", "buyer"})  # ask, change, withdraw, take over goods
ACCEPTS: Final = MAKES | {"approver"}
RECEIVES: Final = ACCEPTS


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in their organisation."""

    user_id: int
    organisation_id: int
    slug: str
    organisation: str
    role: str

    @property
    def makes(self) -> bool:
        return self.role in MAKES

    @property
    def accepts(self) -> bool:
        return self.role in ACCEPTS

    @property
    def receives(self) -> bool:
        return self.role in RECEIVES


def member_of(session: Session, slug: str, user_id: int) -> Member:
    """Raises NotFound, also for an organisation of others."""
    row = session.execute(
        sa.select(Organisation.id, Organisation.slug, Organisation.name, OrganisationMember.role)
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.id)
        .where(Organisation.slug == slug, OrganisationMember.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return Member(user_id, row.id, row.slug, row.name, row.role)


def demand(member: Member, roles: frozenset[str]) -> None:
    """Raises NotYourPart."""
    if member.role not in roles:
        raise NotYourPart()


def lock_quotation(session: Session, number: str, organisation_id: int | None = None) -> Quotation:
    """As it is now; of this organisation, where one is said. Raises NotFound."""
    wanted = sa.select(Quotation).where(Quotation.number == number)
    if organisation_id is not None:
        wanted = wanted.where(Quotation.organisation_id == organisation_id)
    found = lock_row(session, LockRank.QUOTATION, wanted)
    if found is None:
        raise NotFound()
    return found
