"""Browsers that somebody signed in with before, known by a random cookie and not by what they call themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import KnownBrowser, SignInSession, User
from shop.kit.references import token_digest

REMEMBERED: Final = timedelta(days=90)  # since it was last used to sign in


def is_new_browser(session: Session, user_id: int, token: str, *, now: datetime) -> bool:
    """Note that the browser with this cookie signed in; whether it is one not seen for 90 days, of somebody who has
    signed in before. Locks the account's row, so that two at once note one browser once.
    """
    session.execute(sa.select(User.id).where(User.id == user_id).with_for_update())
    digest = _digest(user_id, token)
    has_been_here = session.scalar(_any(SignInSession, user_id)) or session.scalar(
        _any(KnownBrowser, user_id)
    )
    known = session.scalar(
        sa.select(KnownBrowser).where(KnownBrowser.user_id == user_id, KnownBrowser.token_hash == digest)
    )
    if known is None:
        session.add(KnownBrowser(user_id=user_id, token_hash=digest, last_seen_at=now))
        return bool(has_been_here)
    was_long_ago = known.last_seen_at <= now - REMEMBERED
    known.last_seen_at = now
    return was_long_ago


def forget_browsers(session: Session, user_id: int) -> None:
    session.execute(sa.delete(KnownBrowser).where(KnownBrowser.user_id == user_id))


def forget_old_browsers(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(KnownBrowser).where(KnownBrowser.last_seen_at <= now - REMEMBERED))


def _any(of: type[SignInSession | KnownBrowser], user_id: int) -> sa.Select[tuple[bool]]:
    return sa.select(sa.exists().where(of.user_id == user_id))


def _digest(user_id: int, token: str) -> str:
    """Of one account: what two accounts used one browser is not written down."""
    return token_digest(f"{user_id} {token}")
