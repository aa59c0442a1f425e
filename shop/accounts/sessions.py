"""Signed-in browsers and devices: rows that say what a cookie still opens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, RoleName, SessionKind, SignInSession, User, UserRole
from shop.accounts.proved_email import email_waits_for_proof
from shop.accounts.second_step import has_passkey
from shop.kit.references import secret_token, token_digest

# Who works where goods move signs a device in for a season; who works with money never.
DEVICE_ROLES = frozenset({RoleName.FARMER, RoleName.COORDINATOR, RoleName.POINT_KEEPER})
KEPT = timedelta(days=90)  # after they were closed
OFFICE_ROLES = frozenset({RoleName.ADMIN, RoleName.FINANCE})


@dataclass(frozen=True)
class SessionLimit:
    idle: timedelta
    absolute: timedelta

    @property
    def touch_after(self) -> timedelta:
        """How old `last_seen_at` may grow before a request writes it again."""
        return min(self.idle / 30, timedelta(minutes=5))


BUYER_LIMIT = SessionLimit(idle=timedelta(hours=8), absolute=timedelta(days=30))
OFFICE_LIMIT = SessionLimit(idle=timedelta(minutes=30), absolute=timedelta(hours=12))
DEVICE_LIMIT = SessionLimit(idle=timedelta(days=90), absolute=timedelta(days=90))


@dataclass(frozen=True)
class LiveSession:
    """A session that is open now, and whose it is."""

    id: int
    kind: SessionKind
    user_id: int
    name: str
    email: str | None
    phone: str | None
    language: str | None
    unit_id: int | None
    proved_unit_id: int | None
    counts_for_unit: bool | None
    roles: frozenset[RoleName]
    organisation_ids: frozenset[int]
    has_authenticator: bool
    has_passkey: bool
    phone_is_proved: bool
    email_waits: bool  # for its first proof
    authenticated_at: datetime
    last_seen_at: datetime

    def wants_touch(self, now: datetime) -> bool:
        return now - self.last_seen_at >= limit_of(self.kind, self.roles).touch_after


def limit_of(kind: SessionKind, roles: Collection[RoleName]) -> SessionLimit:
    if kind is SessionKind.DEVICE:
        return DEVICE_LIMIT
    return OFFICE_LIMIT if OFFICE_ROLES.intersection(roles) else BUYER_LIMIT


def may_keep_device(roles: Collection[RoleName]) -> bool:
    return bool(DEVICE_ROLES.intersection(roles)) and not OFFICE_ROLES.intersection(roles)


def start_session(
    session: Session,
    user_id: int,
    *,
    kind: SessionKind,
    roles: Collection[RoleName],
    device: str,
    address: str,
    now: datetime,
) -> str:
    """Open a session and return the token for the cookie; only its hash is stored."""
    token = secret_token()
    session.add(
        SignInSession(
            token_hash=token_digest(token),
            user_id=user_id,
            kind=kind,
            device=device[:160],
            address=address[:64],
            created_at=now,
            last_seen_at=now,
            authenticated_at=now,
            expires_at=now + limit_of(kind, roles).absolute,
        )
    )
    return token


def find_session(session: Session, token: str, *, now: datetime) -> LiveSession | None:
    """The open session of this token with roles and organisations as they are now, in one query."""
    statement = (
        sa.select(SignInSession, User, UserRole.role, OrganisationMember.organisation_id, has_passkey())
        .join(User, User.id == SignInSession.user_id)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .outerjoin(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(
            SignInSession.token_hash == token_digest(token),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            User.active,
        )
    )
    rows = session.execute(statement).all()
    if not rows:
        return None
    row, user, keeps_passkey = rows[0][0], rows[0][1], rows[0][4]
    roles = frozenset(role for _, _, role, *_ in rows if role is not None)
    if now - row.last_seen_at >= limit_of(row.kind, roles).idle:
        return None
    return LiveSession(
        id=row.id,
        kind=row.kind,
        user_id=user.id,
        name=user.name,
        email=user.email,
        phone=user.phone,
        language=user.language,
        unit_id=user.unit_id,
        proved_unit_id=user.proved_unit_id,
        counts_for_unit=user.counts_for_unit,
        roles=roles,
        organisation_ids=frozenset(number for _, _, _, number, _ in rows if number is not None),
        has_authenticator=user.totp_confirmed_at is not None,
        has_passkey=bool(keeps_passkey),
        phone_is_proved=user.phone_confirmed_at is not None,
        email_waits=email_waits_for_proof(user),
        authenticated_at=row.authenticated_at,
        last_seen_at=row.last_seen_at,
    )


def touch_session(session: Session, session_id: int, *, now: datetime) -> None:
    """The person is still there."""
    session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(last_seen_at=now)
    )


def authenticate_again(session: Session, session_id: int, *, now: datetime) -> None:
    """The person has shown again who they are: what hurts is allowed for a while."""
    session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
        .values(authenticated_at=now, last_seen_at=now)
    )


def end_token(session: Session, token: str, *, now: datetime) -> None:
    """Sign-out: whatever cookie holds this token opens nothing from now on."""
    _end(session, SignInSession.token_hash == token_digest(token), now)


def end_session(session: Session, user_id: int, session_id: int, *, now: datetime) -> bool:
    """End one of the user's own sessions; False when there is no such open one."""
    return _end(session, sa.and_(SignInSession.user_id == user_id, SignInSession.id == session_id), now) > 0


def end_sessions(session: Session, user_id: int, *, now: datetime, keep: Collection[int] = ()) -> int:
    """End all of a user's sessions but those named; returns how many."""
    return _end(session, sa.and_(SignInSession.user_id == user_id, SignInSession.id.not_in(keep)), now)


def open_sessions(session: Session, user_id: int, *, now: datetime) -> Sequence[SignInSession]:
    """For the list of devices, the one used last first; what nobody used for too long opens nothing any more."""
    roles = frozenset(session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))
    idle = now - limit_of(SessionKind.BROWSER, roles).idle
    statement = (
        sa.select(SignInSession)
        .where(
            SignInSession.user_id == user_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
            sa.or_(SignInSession.kind == SessionKind.DEVICE, SignInSession.last_seen_at > idle),
        )
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id.desc())
    )
    return session.scalars(statement).all()


def was_elsewhere(session: Session, user: User, own: Collection[int], *, now: datetime) -> bool:
    """Whether the account was ever signed in but by these sessions, as far as sessions are kept."""
    others = sa.exists().where(SignInSession.user_id == user.id, SignInSession.id.not_in(own))
    return user.created_at <= now - KEPT or bool(session.scalar(sa.select(others)))


def forget_old_sessions(session: Session, *, now: datetime) -> None:
    """Delete sessions that have been closed for 90 days, with the addresses in them."""
    long_ago = now - KEPT
    session.execute(
        sa.delete(SignInSession).where(
            sa.or_(SignInSession.expires_at < long_ago, SignInSession.ended_at < long_ago)
        )
    )


def _end(session: Session, which: sa.ColumnElement[bool], now: datetime) -> int:
    ended = session.execute(
        sa.update(SignInSession)
        .where(which, SignInSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(SignInSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())
