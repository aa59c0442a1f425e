"""Who is linked, for the back office and for the person's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.models import CampusIdentity, CampusUnit, Provider
from shop.accounts.models import Unit, User
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class LinkedPerson:
    """An identity, the account it opens, and the unit of ours that the provider's word means."""

    identity: CampusIdentity
    account_name: str
    unit: Unit | None


def page_of_identities(
    session: Session,
    *,
    text: str = "",
    provider: Provider | None = None,
    live: bool | None = None,
    page: int = 1,
) -> Page[LinkedPerson]:
    """Who was seen last first."""
    statement = _linked().order_by(CampusIdentity.last_seen_at.desc(), CampusIdentity.id.desc())
    if words := tidy(text):
        pattern = f"%{like_pattern(words)}%"
        columns = (
            *(CampusIdentity.campus_number, CampusIdentity.name, CampusIdentity.unit_code),
            *(User.name, User.email),
        )
        statement = statement.where(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    if provider is not None:
        statement = statement.where(CampusIdentity.provider == provider)
    if live is not None:
        ended = CampusIdentity.ended_at
        statement = statement.where(ended.is_(None) if live else ended.is_not(None))
    return read_page(session, statement, number=page).map(lambda row: LinkedPerson(row[0], row[1], row[2]))


def get_linked(session: Session, identity_id: int) -> LinkedPerson:
    """Raises NotFound."""
    row = session.execute(_linked().where(CampusIdentity.id == identity_id)).one_or_none()
    if row is None:
        raise NotFound()
    return LinkedPerson(row[0], row[1], row[2])


def identities_of(session: Session, user_id: int) -> Sequence[CampusIdentity]:
    return session.scalars(
        sa.select(CampusIdentity).where(CampusIdentity.user_id == user_id).order_by(CampusIdentity.id)
    ).all()


def count_unmapped(session: Session) -> int:
    return (
        session.scalar(sa.select(sa.func.count()).select_from(CampusUnit).where(CampusUnit.unit_id.is_(None)))
        or 0
    )


def _linked() -> sa.Select[CampusIdentity, str, Unit]:
    called = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, User.phone, "")
    same_unit = sa.and_(
        CampusUnit.provider == CampusIdentity.provider, CampusUnit.code == CampusIdentity.unit_code
    )
    return (
        sa.select(CampusIdentity, called, Unit)
        .join(User, User.id == CampusIdentity.user_id)
        .outerjoin(CampusUnit, same_unit)
        .outerjoin(Unit, Unit.id == CampusUnit.unit_id)
    )
