"""Signing in, in three steps so that no transaction is open while a password hash is computed.

`begin_sign_in` counts the attempt, `is_right` compares (outside any transaction), then `enter` opens the session or
`note_refusal` records that it failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.attempts import Origin, begin_attempt, take_back_attempt
from shop.accounts.audit import audit
from shop.accounts.contacts import email_subject
from shop.accounts.errors import SignInRefused, TooManyAttempts
from shop.accounts.events import NewDeviceUsed
from shop.accounts.known_browsers import is_new_browser
from shop.accounts.models import AttemptKind, SessionKind, User, UserRole
from shop.accounts.passwords import hash_password, is_outdated, verify_password
from shop.accounts.second_step import asks_second_step
from shop.accounts.sessions import end_token, may_keep_device, start_session
from shop.storage.event_log import record

Way = Literal["password", "phone", "passkey", "campus"]


@dataclass(frozen=True)
class Candidate:
    """What is known before the password is compared; for an unknown address everything but the attempt is empty."""

    attempt_id: int
    user_id: int | None
    password_hash: str | None
    asks_second_step: bool


@dataclass(frozen=True)
class Entered:
    """Tokens for the browser's cookie and, for who handles goods, for the device's."""

    user_id: int
    browser_token: str
    device_token: str | None
    language: str | None


def begin_sign_in(session: Session, email: str, *, origin: Origin, now: datetime) -> Candidate:
    """Count the attempt and find the account. Raises TooManyAttempts."""
    address = email_subject(email)
    attempt_id = begin_attempt(session, AttemptKind.SIGN_IN, address, origin=origin, now=now)
    return _candidate(session, attempt_id, User.email == address)


def begin_again(session: Session, user_id: int, *, origin: Origin, now: datetime) -> Candidate:
    """The same for somebody already signed in who gives the password again. Raises TooManyAttempts."""
    email = session.scalar(sa.select(User.email).where(User.id == user_id)) or f"user {user_id}"
    attempt_id = begin_attempt(session, AttemptKind.SIGN_IN, email, origin=origin, now=now)
    return _candidate(session, attempt_id, User.id == user_id)


def is_right(candidate: Candidate, password: str) -> bool:
    """Slow on purpose, and as slow for an account that does not exist."""
    return verify_password(password, candidate.password_hash) and candidate.user_id is not None


def note_refusal(session: Session, candidate: Candidate, *, origin: Origin, now: datetime) -> None:
    """The attempt stays counted; the trail says that it failed, and from where."""
    audit(
        session,
        None,
        "sign_in.refused",
        "user",
        candidate.user_id or "unknown",
        now=now,
        personal={"address": origin.address},
    )


def accept_password(session: Session, candidate: Candidate, password: str) -> None:
    """The attempt was none; a hash made with weaker settings is made anew."""
    take_back_attempt(session, candidate.attempt_id)
    if candidate.password_hash and is_outdated(candidate.password_hash):
        session.execute(
            sa.update(User)
            .where(User.id == candidate.user_id, User.password_hash == candidate.password_hash)
            .values(password_hash=hash_password(password))
        )


def enter(
    session: Session,
    user_id: int,
    *,
    device: str,
    browser: str,
    origin: Origin,
    now: datetime,
    way: Way = "password",
    old_tokens: tuple[str, ...] = (),
) -> Entered:
    """Open a session for this browser, and a device credential where the roles allow it.

    What this browser was signed in with before ends, and its owner hears of a browser that is new, by the secret
    `browser` of its cookie; `device` is only what it is called. Raises SignInRefused for a disabled account.
    """
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise SignInRefused()
    for token in old_tokens:
        end_token(session, token, now=now)
    roles = frozenset(session.scalars(sa.select(UserRole.role).where(UserRole.user_id == user_id)))
    # A code that came by text message has told the telephone already.
    is_new = is_new_browser(session, user_id, browser, now=now)
    if is_new and (way != "phone" or user.email is not None):
        _tell_owner(session, user_id, device, origin, now)
    start = partial(
        start_session, session, user_id, roles=roles, device=device, address=origin.address, now=now
    )
    browser = start(kind=SessionKind.BROWSER)
    credential = start(kind=SessionKind.DEVICE) if may_keep_device(roles) else None
    # What the campus opened has its entry from `campus.arrivals`, which knows which provider it was.
    if way != "campus" and (roles or way != "password"):
        action = "sign_in" if way == "password" else f"sign_in.by_{way}"
        audit(session, user_id, action, "user", user_id, now=now, personal={"address": origin.address})
    return Entered(user_id, browser, credential, user.language)


def _tell_owner(session: Session, user_id: int, device: str, origin: Origin, now: datetime) -> None:
    """As often as a link to reset the password goes out: more letters of one kind would be read by nobody, and whoever
    has the password could fill the box with them. The page of devices lists all.
    """
    try:
        begin_attempt(session, AttemptKind.NEW_DEVICE, f"user {user_id}", origin=origin, now=now)
    except TooManyAttempts:
        return
    record(session, NewDeviceUsed(user_id, device, now))


def _candidate(session: Session, attempt_id: int, whose: sa.ColumnElement[bool]) -> Candidate:
    row = session.execute(
        sa.select(User.id, User.password_hash, asks_second_step()).where(whose, User.active)
    ).one_or_none()
    if row is None:
        return Candidate(attempt_id, None, None, asks_second_step=False)
    return Candidate(attempt_id, *row)
