"""A new password through a link in a message, and a change by who knows the old one."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt
from shop.accounts.audit import audit
from shop.accounts.contacts import email_subject
from shop.accounts.errors import LinkExpired
from shop.accounts.events import DroppedWay, PasswordChanged, PasswordHow, ResetRequested
from shop.accounts.first_proof import prove_email
from shop.accounts.models import AttemptKind, PasswordReset, User, UserRole
from shop.accounts.proved_email import may_be_a_strangers, settle_invitation
from shop.accounts.sessions import end_sessions
from shop.kit.references import secret_token, token_digest
from shop.storage.event_log import record

LIFETIME = timedelta(minutes=30)


def request_reset(session: Session, email: str, *, language: str, origin: Origin, now: datetime) -> None:
    """Note that somebody wants a new password for this address.

    Whether it belongs to anybody is looked up by the worker, so that the answer takes as long either way, and the
    token is made only when its message is written. Raises TooManyAttempts.
    """
    subject = email_subject(email)
    attempt_id = begin_attempt(session, AttemptKind.RESET, subject, origin=origin, now=now)
    record(session, ResetRequested(subject, language, str(attempt_id), now))


def issue_reset_token(session: Session, email: str, *, now: datetime) -> tuple[int, str] | None:
    """User and token for the link, or None when nobody has this address; links sent before stop working."""
    user_id = session.scalar(sa.select(User.id).where(User.email == email, User.active))
    if user_id is None:
        return None
    end_links(session, user_id, now=now)
    token = secret_token()
    session.add(
        PasswordReset(
            user_id=user_id,
            email=email,
            token_hash=token_digest(token),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return user_id, token


def whose_reset(session: Session, token: str, *, now: datetime) -> int:
    """The user whose password this link sets. Raises LinkExpired."""
    user_id = session.scalar(sa.select(PasswordReset.user_id).where(*_is_open(token, now)))
    if user_id is None:
        raise LinkExpired()
    return user_id


def password_facts(session: Session, user_id: int) -> tuple[bool, tuple[str, ...]]:
    """What `judge_password` wants to know: whether the user is staff, and words that are no password."""
    user = session.get_one(User, user_id)
    is_staff = (
        session.scalar(sa.select(UserRole.role).where(UserRole.user_id == user_id).limit(1)) is not None
    )
    return is_staff, (user.email or "", user.name)


def reset_password(
    session: Session, token: str, password_hash: str, *, language: str, now: datetime
) -> tuple[DroppedWay, ...]:
    """Use the link up, set the password, end every session. Raises LinkExpired.

    The link reached the address, which is still the account's: where nothing had proved it before, what was tied to the account until now goes, and
    is returned; its owner takes the account over from whoever chose the password, and is written to in `language`, the
    page's, from then on.
    The UPDATE claims the link, so that of two at once one wins. Locks the account, as a change of its address does.
    """
    user_id = whose_reset(session, token, now=now)
    user = session.get_one(User, user_id, with_for_update=True, populate_existing=True)
    claim = (
        sa.update(PasswordReset)
        .where(*_is_open(token, now))
        .values(used_at=now)
        .returning(PasswordReset.email)
        .execution_options(synchronize_session=False)
    )
    reached = session.scalar(claim)
    if reached is None:
        raise LinkExpired()
    settle_invitation(user, reached)
    if may_be_a_strangers(user):
        user.language = language
    dropped = prove_email(session, user, takes_over=True, now=now)
    _set_password(session, user, password_hash, PasswordHow.RESET, now)
    end_sessions(session, user.id, now=now)
    return dropped


def change_password(session: Session, user_id: int, password_hash: str, *, now: datetime) -> None:
    """Set the password and end every session, this browser's too: the face signs it in anew."""
    user = session.get_one(User, user_id)
    how = PasswordHow.CHANGED if user.password_hash is not None else PasswordHow.SET
    _set_password(session, user, password_hash, how, now)
    end_sessions(session, user.id, now=now)


def _set_password(session: Session, user: User, password_hash: str, how: PasswordHow, now: datetime) -> None:
    user.password_hash = password_hash
    user.password_changed_at = now
    end_links(session, user.id, now=now)
    record(session, PasswordChanged(user.id, now, how))
    action = "password.reset" if how is PasswordHow.RESET else "password.changed"
    audit(session, user.id, action, "user", user.id, now=now)


def _is_open(token: str, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Of the address that the account has now: who reads the letters of another one is not its owner any more."""
    return (
        PasswordReset.token_hash == token_digest(token),
        PasswordReset.used_at.is_(None),
        PasswordReset.expires_at > now,
        sa.exists().where(User.id == PasswordReset.user_id, User.email == PasswordReset.email),
    )


def end_links(session: Session, user_id: int, *, now: datetime) -> None:
    """None of the links that were sent sets the password from now on."""
    session.execute(
        sa.update(PasswordReset)
        .where(PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None))
        .values(used_at=now)
    )
