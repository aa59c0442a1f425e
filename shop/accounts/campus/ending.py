"""Membership that ends: the sessions with it at once; the account stays, with its orders and any password of its own."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.campus.errors import ReasonNeeded
from shop.accounts.campus.identities import sign_out_account
from shop.accounts.campus.models import CampusIdentity, EndedBecause, Provider
from shop.accounts.campus.units import proved_place, unit_said
from shop.accounts.models import User
from shop.kit.errors import NotFound
from shop.kit.text import tidy


def end_identity(
    session: Session,
    identity_id: int,
    because: EndedBecause,
    *,
    reason: str = "",
    actor_id: int | None = None,
    now: datetime,
) -> bool:
    """End it and sign the account out; False when it had ended before. Raises NotFound, ReasonNeeded (an admin's)."""
    identity = session.get(CampusIdentity, identity_id, with_for_update=True)
    if identity is None:
        raise NotFound()
    words = tidy(reason)[:200]
    if because is EndedBecause.ADMIN and not words:
        raise ReasonNeeded(field="reason")
    if identity.ended_at is not None:
        return False
    identity.ended_at, identity.ended_because, identity.end_reason = now, because, words
    session.flush()
    signed_out = sign_out_account(session, identity, now=now)
    _leave_unit(session, identity, now)
    facts = {
        "campus_provider": identity.provider.value,
        "ended_because": because.value,
        "sessions": signed_out,
    }
    personal = {"number": identity.campus_number} | ({"reason": words} if words else {})
    audit(session, actor_id, "identity.ended", "user", identity.user_id, facts, now=now, personal=personal)
    return True


def readmit_identity(session: Session, identity_id: int, *, actor_id: int | None, now: datetime) -> bool:
    """It opens its account again; False when it had not ended. Raises NotFound."""
    identity = session.get(CampusIdentity, identity_id, with_for_update=True)
    if identity is None:
        raise NotFound()
    if identity.ended_at is None:
        return False
    identity.ended_at, identity.ended_because, identity.end_reason = None, None, ""
    session.flush()
    unit_id = unit_said(session, identity.provider, identity.unit_code, now=now)
    user = session.get_one(User, identity.user_id)
    if unit_id is not None:
        user.unit_id = user.proved_unit_id = unit_id
    facts = {"campus_provider": identity.provider.value}
    audit(session, actor_id, "identity.readmitted", "user", identity.user_id, facts, now=now)
    return True


def live_identities(
    session: Session, provider: Provider, *, after: int = 0, most: int = 200
) -> list[tuple[int, str]]:
    """Numbers and subjects of those that have not ended, in their order, for going through all of them."""
    statement = (
        sa.select(CampusIdentity.id, CampusIdentity.subject)
        .where(
            CampusIdentity.provider == provider,
            CampusIdentity.ended_at.is_(None),
            CampusIdentity.id > after,
        )
        .order_by(CampusIdentity.id)
        .limit(most)
    )
    return [(row.id, row.subject) for row in session.execute(statement)]


def _leave_unit(session: Session, identity: CampusIdentity, now: datetime) -> None:
    """Nobody buys for a unit any more that another identity does not put them in."""
    user = session.get_one(User, identity.user_id)
    user.unit_id = user.proved_unit_id = proved_place(session, identity.user_id, now=now)
    session.flush()
