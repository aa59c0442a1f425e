"""Signing out on both sides: what the provider must be told when somebody leaves here, and what ends here on its word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.models import CampusIdentity, CampusSession, Provider, UsedLogoutToken
from shop.accounts.models import SignInSession
from shop.kit.references import token_digest
from shop.storage.field_cipher import FieldCipher, SealBroken


@dataclass(frozen=True)
class OpenedBy:
    """Who opened a session of ours, and what they gave us to show when it ends."""

    provider: Provider
    id_token: str


def opened_by(session: Session, browser_token: str, *, cipher: FieldCipher) -> OpenedBy | None:
    """None for a session that no provider opened."""
    row = session.execute(
        sa.select(CampusIdentity.provider, CampusSession.sealed_id_token)
        .join(CampusSession, CampusSession.identity_id == CampusIdentity.id)
        .join(SignInSession, SignInSession.id == CampusSession.session_id)
        .where(SignInSession.token_hash == token_digest(browser_token), SignInSession.ended_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    try:
        return OpenedBy(row.provider, cipher.open(row.sealed_id_token) if row.sealed_id_token else "")
    except SealBroken:
        return OpenedBy(row.provider, "")


def end_by_session_key(session: Session, provider: Provider, key: str, *, now: datetime) -> int:
    """The provider ended the signing-in that it called `key`: a ticket of CAS, or the `sid` of OpenID."""
    return _end(session, provider, CampusSession.provider_session_hash == token_digest(key), now)


def end_by_subject(session: Session, provider: Provider, issuer: str, subject: str, *, now: datetime) -> int:
    """The provider says that this person signed out everywhere."""
    whose = sa.and_(CampusIdentity.issuer == issuer, CampusIdentity.subject == subject)
    return _end(session, provider, whose, now)


def is_first_use(session: Session, jti: str, *, expires_at: datetime) -> bool:
    """A logout token is taken once."""
    digest = token_digest(jti)
    if session.get(UsedLogoutToken, digest) is not None:
        return False
    session.add(UsedLogoutToken(digest=digest, expires_at=expires_at))
    session.flush()
    return True


def _end(session: Session, provider: Provider, whose: sa.ColumnElement[bool], now: datetime) -> int:
    open_ones = (
        sa.select(CampusSession.session_id, CampusIdentity.user_id)
        .join(CampusIdentity, CampusIdentity.id == CampusSession.identity_id)
        .join(SignInSession, SignInSession.id == CampusSession.session_id)
        .where(CampusIdentity.provider == provider, whose, SignInSession.ended_at.is_(None))
    )
    rows = session.execute(open_ones).all()
    if not rows:
        return 0
    session.execute(
        sa.update(SignInSession)
        .where(SignInSession.id.in_([row.session_id for row in rows]))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )
    for user_id in sorted({row.user_id for row in rows}):
        facts = {"campus_provider": provider.value}
        audit(session, None, "identity.signed_out", "user", user_id, facts, now=now)
    return len(rows)
