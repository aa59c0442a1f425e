"""What opens an account: the one place that knows, for signing in, for "is it you?", and for what may be taken away."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.campus.models import CampusIdentity, Provider
from shop.accounts.errors import LastWayIn
from shop.accounts.models import User
from shop.accounts.passkey_models import Passkey
from shop.accounts.second_step import SECOND_FACTOR_ROLES, has_role, opens_by_phone


@dataclass(frozen=True, slots=True)
class WaysIn:
    """What a person has. `phone` is a proved number, `phone_is_enough` whether a code on it opens the account alone;
    `phone_opens`, whether it does with the second factor that stays when every passkey is gone. `passkeys` and `campus`
    are numbers of rows; a campus account whose membership has ended is none.
    """

    password: bool
    has_authenticator: bool
    phone: str | None
    phone_is_enough: bool
    phone_opens: bool
    passkeys: frozenset[int]
    campus: dict[int, Provider]

    @property
    def authenticator(self) -> bool:
        """It stands in for a password that there is none of."""
        return self.has_authenticator and not self.password

    @property
    def code_phone(self) -> str | None:
        """To which a code is sent that proves who it is."""
        return self.phone if self.phone_is_enough else None

    @property
    def takes_code(self) -> bool:
        return self.authenticator or self.code_phone is not None

    @property
    def campus_ways(self) -> frozenset[Provider]:
        return frozenset(self.campus.values())

    def opens_without(self, *, passkey_id: int = 0, identity_id: int = 0) -> bool:
        """Whether the account still opens when these are gone."""
        return (
            self.password
            or self.phone_opens
            or bool(self.passkeys - {passkey_id})
            or bool(self.campus.keys() - {identity_id})
        )


def ways_of(session: Session, user_id: int) -> WaysIn:
    """One statement. A password without an address opens nothing."""
    lives = sa.and_(CampusIdentity.user_id == User.id, CampusIdentity.ended_at.is_(None))
    has_authenticator = User.totp_confirmed_at.is_not(None)
    statement = (
        sa.select(
            sa.and_(User.password_hash.is_not(None), User.email.is_not(None)),
            has_authenticator,
            sa.case((User.phone_confirmed_at.is_not(None), User.phone), else_=None),
            opens_by_phone(),
            sa.or_(has_authenticator, sa.not_(has_role(SECOND_FACTOR_ROLES))),
            Passkey.id,
            CampusIdentity.id,
            CampusIdentity.provider,
        )
        .outerjoin(Passkey, Passkey.user_id == User.id)
        .outerjoin(CampusIdentity, lives)
        .where(User.id == user_id)
    )
    rows = session.execute(statement).all()
    password, authenticator, phone, is_enough, opens = rows[0][:5]
    return WaysIn(
        password=bool(password),
        has_authenticator=bool(authenticator),
        phone=phone,
        phone_is_enough=phone is not None and bool(is_enough),
        phone_opens=phone is not None and bool(opens),
        passkeys=frozenset(row[5] for row in rows if row[5] is not None),
        campus={row[6]: row[7] for row in rows if row[6] is not None},
    )


def keep_a_way_in(session: Session, user_id: int, *, passkey_id: int = 0, identity_id: int = 0) -> WaysIn:
    """Before one of them is taken away. Locks the account, so that two pages do not take the last two at once.

    Raises LastWayIn.
    """
    session.get_one(User, user_id, with_for_update=True)
    ways = ways_of(session, user_id)
    if not ways.opens_without(passkey_id=passkey_id, identity_id=identity_id):
        raise LastWayIn()
    return ways
