"""Whom a password, or a code on the telephone, does not let in alone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.accounts.passkey_models import Passkey

# Who works with money or with people's data; in production their pages stay shut without a second factor.
SECOND_FACTOR_ROLES: Final = frozenset({RoleName.ADMIN, RoleName.FINANCE, RoleName.COORDINATOR})


def has_role(roles: Collection[RoleName]) -> sa.ColumnElement[bool]:
    """SQL: this user has one of them."""
    return sa.exists().where(UserRole.user_id == User.id, UserRole.role.in_(roles)).correlate(User)


def has_passkey() -> sa.ColumnElement[bool]:
    return sa.exists().where(Passkey.user_id == User.id).correlate(User)


def asks_second_step() -> sa.ColumnElement[bool]:
    """SQL: a code from an authenticator, or a passkey, comes after the password.

    A buyer's passkey is one more way in, and none that the password waits for: it may lie in another pocket.
    """
    return sa.or_(User.totp_confirmed_at.is_not(None), sa.and_(has_passkey(), has_role(SECOND_FACTOR_ROLES)))


def needs_second_step(session: Session, user_id: int) -> bool:
    return bool(session.scalar(sa.select(asks_second_step()).where(User.id == user_id)))


def opens_by_phone() -> sa.ColumnElement[bool]:
    """SQL: a code on the telephone is enough."""
    return sa.and_(sa.not_(asks_second_step()), sa.not_(has_role(SECOND_FACTOR_ROLES)))
