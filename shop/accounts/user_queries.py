"""Lists of people for the back office, and one person's profile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import RoleName, Unit, User, UserRole
from shop.accounts.proved_email import may_be_a_strangers, strangers_perhaps
from shop.accounts.second_step import has_passkey
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy

PAGE_SIZE = 50


@dataclass(frozen=True)
class UserFilter:
    """Empty fields filter nothing; `text` is part of a name, an e-mail address or a telephone number."""

    text: str = ""
    role: RoleName | None = None
    active: bool | None = None
    doubtful: bool | None = None


@dataclass(frozen=True)
class UserRow:
    id: int
    name: str
    email: str | None
    phone: str | None
    active: bool
    roles: tuple[RoleName, ...]
    has_second_factor: bool
    doubtful: bool  # somebody registered with this address, and nobody has confirmed it
    created_at: datetime


def list_users(session: Session, wanted: UserFilter, *, page: int = 1) -> tuple[Sequence[UserRow], int]:
    """One page of people, newest first, and how many there are in all."""
    conditions = _conditions(wanted)
    total = session.scalar(sa.select(sa.func.count()).select_from(User).where(*conditions)) or 0
    statement = (
        sa.select(User, has_passkey())
        .where(*conditions)
        .options(selectinload(User.roles))
        .order_by(User.id.desc())
        .limit(PAGE_SIZE)
        .offset((max(page, 1) - 1) * PAGE_SIZE)
    )
    return [_row(*row) for row in session.execute(statement)], total


def get_profile(session: Session, user_id: int) -> User:
    """The person with the unit. Raises NotFound."""
    user = find_profile(session, user_id)
    if user is None:
        raise NotFound()
    return user


def find_profile(session: Session, user_id: int) -> User | None:
    return session.scalar(sa.select(User).where(User.id == user_id).options(selectinload(User.unit)))


def list_units(session: Session) -> Sequence[Unit]:
    return session.scalars(sa.select(Unit).order_by(Unit.name_zh, Unit.id)).all()


def _row(user: User, keeps_passkey: bool) -> UserRow:
    return UserRow(
        id=user.id,
        name=user.name,
        email=user.email,
        phone=user.phone,
        active=user.active,
        roles=tuple(row.role for row in user.roles),
        doubtful=may_be_a_strangers(user),
        has_second_factor=user.totp_confirmed_at is not None or keeps_passkey,
        created_at=user.created_at,
    )


def _conditions(wanted: UserFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if text := tidy(wanted.text):
        pattern = f"%{like_pattern(text)}%"
        conditions.append(
            sa.or_(*(column.ilike(pattern, escape="\\") for column in (User.name, User.email, User.phone)))
        )
    if wanted.role is not None:
        conditions.append(User.id.in_(sa.select(UserRole.user_id).where(UserRole.role == wanted.role)))
    if wanted.active is not None:
        conditions.append(User.active.is_(wanted.active))
    if wanted.doubtful is not None:
        conditions.append(strangers_perhaps() if wanted.doubtful else ~strangers_perhaps())
    return conditions


def names_of_users(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """How people are called, by number; one statement, or none."""
    if not user_ids:
        return {}
    called = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, User.phone, "")
    return dict(session.execute(sa.select(User.id, called).where(User.id.in_(user_ids))).all())
