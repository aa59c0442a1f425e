"""Signing in without a password, on a device that stays signed in: by a code on the telephone, or by a card.

Only for people who handle goods and nothing else: who works with money or has a second factor signs in with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin
from shop.accounts.audit import audit
from shop.accounts.errors import SignInRefused
from shop.accounts.events import SignInCodeAsked
from shop.accounts.models import RoleName, SessionKind, User, UserRole
from shop.accounts.one_time_codes import issue_code, use_code
from shop.accounts.proved_phones import prove_phone
from shop.accounts.second_step import asks_second_step, has_role
from shop.accounts.sessions import DEVICE_ROLES, OFFICE_ROLES, end_token, start_session
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher

PURPOSE: Final = "device_sign_in"


@dataclass(frozen=True, slots=True)
class DevicePerson:
    """Whoever a telephone may belong to: families share one."""

    id: int
    name: str


def send_sign_in_code(
    session: Session, phone: str, *, browser: str, cipher: FieldCipher, origin: Origin, now: datetime
) -> None:
    """Make a code in any case, so that both ways take as long; it goes out only where somebody has this number.

    `phone` is E.164; `browser` a secret that only this browser holds. Raises TooManyAttempts.
    """
    code = issue_code(
        session, purpose=PURPOSE, subject=phone, to=phone, browser=browser, origin=origin, now=now
    )
    sealed = cipher.seal(code)
    if people_of_phone(session, phone):
        record(session, SignInCodeAsked(phone, sealed, now))


def take_sign_in_code(
    session: Session, typed: str, phone: str, *, browser: str, now: datetime
) -> Sequence[DevicePerson]:
    """Who may sign in with this code, which is used up; empty for a wrong one. The caller commits either way."""
    right = use_code(session, typed, purpose=PURPOSE, subject=phone, browser=browser, now=now)
    return people_of_phone(session, phone) if right else ()


def people_of_phone(session: Session, phone: str) -> Sequence[DevicePerson]:
    """By name. One statement."""
    statement = sa.select(User.id, User.name).where(User.phone == phone, _keeps_device())
    return [DevicePerson(*row) for row in session.execute(statement.order_by(User.name, User.id))]


def who_may_have_card(session: Session, user_ids: Collection[int]) -> frozenset[int]:
    """As with a code; but a card can be found, and never opens what a coordinator sees. One statement."""
    coordinates = has_role({RoleName.COORDINATOR})
    statement = sa.select(User.id).where(User.id.in_(user_ids), _keeps_device(), sa.not_(coordinates))
    return frozenset(session.scalars(statement))


def enter_device(
    session: Session,
    user_id: int,
    *,
    way: Literal["code", "card"],
    device: str,
    origin: Origin,
    now: datetime,
    old_tokens: Collection[str] = (),
) -> str:
    """Open a session of 90 days on this device and return its token; whatever it was signed in with before ends.

    `way` is for the trail. Raises SignInRefused for who may not (any more).
    """
    if session.scalar(sa.select(User.id).where(User.id == user_id, _keeps_device())) is None:
        raise SignInRefused()
    for token in old_tokens:
        end_token(session, token, now=now)
    if way == "code":
        prove_phone(session, user_id, now=now)
    roles = frozenset(session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))
    audit(
        session, user_id, f"sign_in.by_{way}", "user", user_id, now=now, personal={"address": origin.address}
    )
    return start_session(
        session,
        user_id,
        kind=SessionKind.DEVICE,
        roles=roles,
        device=device,
        address=origin.address,
        now=now,
    )


def _keeps_device() -> sa.ColumnElement[bool]:
    """SQL for `may_keep_device`, and nobody who has a second factor."""
    return sa.and_(
        User.active, sa.not_(asks_second_step()), has_role(DEVICE_ROLES), sa.not_(has_role(OFFICE_ROLES))
    )
