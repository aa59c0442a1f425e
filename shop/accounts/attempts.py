"""Failed sign-ins, sent codes and the like, counted in the database: every worker sees them, no restart forgets.

An attempt is written before it is judged and taken back when it succeeds, so that many at once cannot slip through.
Refused attempts are not counted: the owner of an attacked account waits at most as long as the window.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import Attempt, AttemptKind
from shop.storage.named_locks import lock_name


@dataclass(frozen=True)
class Limit:
    count: int
    within: timedelta


@dataclass(frozen=True)
class Limits:
    """How often for one account, number or e-mail address, and how often from one network address."""

    subject: Limit
    address: Limit | None


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
LIMITS = {
    AttemptKind.SIGN_IN: Limits(subject=Limit(10, _QUARTER), address=Limit(100, _HOUR)),
    AttemptKind.CODE_SENT: Limits(subject=Limit(3, _QUARTER), address=Limit(20, _QUARTER)),
    AttemptKind.RESET: Limits(subject=Limit(3, _QUARTER), address=Limit(20, _HOUR)),
    AttemptKind.REGISTER: Limits(subject=Limit(3, _QUARTER), address=Limit(20, _HOUR)),
    AttemptKind.ORDER_LOOKUP: Limits(subject=Limit(10, _QUARTER), address=Limit(60, _HOUR)),  # by order
    # By account, or by order for a guest: also where many share the campus's address.
    AttemptKind.CLAIM: Limits(subject=Limit(10, _QUARTER), address=Limit(20, _QUARTER)),
    AttemptKind.CONTACT: Limits(subject=Limit(5, _QUARTER), address=Limit(20, _QUARTER)),
    AttemptKind.CONTACT_FORM: Limits(subject=Limit(20, _QUARTER), address=Limit(60, _QUARTER)),
    AttemptKind.MESSAGE: Limits(subject=Limit(20, _QUARTER), address=Limit(60, _QUARTER)),
    AttemptKind.REVIEW: Limits(subject=Limit(20, _QUARTER), address=Limit(60, _HOUR)),  # as a claim
    AttemptKind.CARD: Limits(subject=Limit(10, _QUARTER), address=Limit(20, _QUARTER)),  # by card
    AttemptKind.COUPON: Limits(subject=Limit(10, _QUARTER), address=Limit(60, _HOUR)),  # by account
    AttemptKind.PICKUP: Limits(subject=Limit(20, _QUARTER), address=Limit(60, _HOUR)),  # by keeper
    # By account alone: who sits at one address with others must not use up what their owners are told.
    AttemptKind.NEW_DEVICE: Limits(subject=Limit(3, _QUARTER), address=None),
    AttemptKind.EXPORT: Limits(subject=Limit(60, _QUARTER), address=Limit(240, _HOUR)),
}
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class Origin:
    """Where a request comes from. Many people share one address of a campus network."""

    address: str
    is_campus: bool = False
    limited: bool = True  # RATE_LIMITS=off, which production refuses


def begin_attempt(session: Session, kind: AttemptKind, subject: str, *, origin: Origin, now: datetime) -> int:
    """Count an attempt and return its id. Raises TooManyAttempts when the account or the address is exhausted.

    Locks the names of both, so that attempts at once are counted one after the other.
    """
    subject_hash, address = subject_digest(kind, subject), address_key(origin.address)
    limits = LIMITS[kind]
    for name in sorted({f"attempt:{kind}:{subject_hash}", f"attempt:{kind}:{address}"}):
        lock_name(session, name)
    if origin.limited:
        _refuse_over(session, limits.subject, kind, Attempt.subject_hash == subject_hash, now)
        if limits.address is not None and not origin.is_campus:
            _refuse_over(session, limits.address, kind, Attempt.address == address, now)
    attempt = Attempt(kind=kind, subject_hash=subject_hash, address=address, at=now)
    session.add(attempt)
    session.flush()
    return attempt.id


def take_back_attempt(session: Session, attempt_id: int) -> None:
    """The attempt succeeded: it was none."""
    session.execute(sa.delete(Attempt).where(Attempt.id == attempt_id))


def forget_old_attempts(session: Session, *, now: datetime) -> int:
    """Delete what is older than 90 days; returns how many."""
    deleted = session.execute(sa.delete(Attempt).where(Attempt.at < now - KEPT).returning(Attempt.id))
    return len(deleted.all())


def subject_digest(kind: AttemptKind, subject: str) -> str:
    return hashlib.sha256(f"{kind}\0{subject}".encode()).hexdigest()


def address_key(address: str) -> str:
    """A visitor on IPv6 has a whole /64 to choose from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _refuse_over(
    session: Session, limit: Limit, kind: AttemptKind, whose: sa.ColumnElement[bool], now: datetime
) -> None:
    latest = sa.select(Attempt.at).where(Attempt.kind == kind, whose, Attempt.at > now - limit.within)
    moments = session.scalars(latest.order_by(Attempt.at.desc()).limit(limit.count)).all()
    if len(moments) < limit.count:
        return
    seconds = max(1, ceil((moments[-1] + limit.within - now).total_seconds()))
    minutes = ceil(seconds / 60)
    raise TooManyAttempts(
        TooManyAttempts.one_minute if minutes == 1 else None, retry_after=seconds, minutes=minutes
    )
