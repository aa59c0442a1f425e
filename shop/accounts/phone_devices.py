"""Where people of a household are signed in, as their coordinator sees it, and ending that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import SignInSession
from shop.accounts.sessions import end_sessions
from shop.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class SignedInDevice:
    """One browser, whatever it holds: a password opens a session and a device credential at one moment.

    `id` is that of one of its rows.
    """

    id: int
    device: str
    since: datetime
    last_seen_at: datetime


def devices_of(
    session: Session, user_ids: Collection[int], *, now: datetime
) -> dict[int, list[SignedInDevice]]:
    """By person, the one used last first. One statement."""
    seen = sa.func.max(SignInSession.last_seen_at)
    statement = (
        sa.select(
            SignInSession.user_id,
            sa.func.max(SignInSession.id),
            SignInSession.device,
            SignInSession.created_at,
            sa.type_coerce(seen, SignInSession.last_seen_at.type),
        )
        .where(SignInSession.user_id.in_(user_ids), _is_open(now))
        .group_by(SignInSession.user_id, SignInSession.device, SignInSession.created_at)
        .order_by(seen.desc(), SignInSession.created_at.desc())
    )
    found: dict[int, list[SignedInDevice]] = {user_id: [] for user_id in user_ids}
    for user_id, *facts in session.execute(statement):
        found[user_id].append(SignedInDevice(*facts))
    return found


def end_device(session: Session, user_id: int, session_id: int, *, actor_id: int, now: datetime) -> None:
    """Sign one device of somebody out; what it keeps unsent stays on it. Raises NotFound for none that is open."""
    row = session.get(SignInSession, session_id)
    if row is None or row.user_id != user_id or row.ended_at is not None:
        raise NotFound()
    same = sa.select(SignInSession.id).where(
        SignInSession.user_id == user_id,
        SignInSession.created_at == row.created_at,
        SignInSession.device == row.device,
    )
    others = sa.select(SignInSession.id).where(
        SignInSession.user_id == user_id, SignInSession.id.not_in(same)
    )
    end_sessions(session, user_id, keep=session.scalars(others).all(), now=now)
    audit(session, actor_id, "device.ended", "user", user_id, now=now, personal={"device": row.device})


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
