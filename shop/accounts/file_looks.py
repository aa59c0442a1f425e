"""Who opened a household's file, when and why: asked once for half an hour of work, kept in the audit trail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import AuditEntry, User
from shop.kit.text import msg
from shop.storage.paging import Page, read_page

FOR: Final = timedelta(minutes=30)
READ: Final = "household.read"
REVEALED: Final = "payee.revealed"
COPIED: Final = "privacy.copied"
LOOKS: Final = (READ, REVEALED, COPIED)
# What a look shows, in words for the household itself.
LOOK_WORDS: Final = {
    READ: msg("People, telephone and story"),
    REVEALED: msg("Who takes the money: account and identity number"),
    COPIED: msg("A copy of the whole file"),
}
REASONS: Final = {
    "correct": msg("To correct what is written"),
    "call": msg("To call the household"),
    "consent": msg("To note its consent"),
    "question": msg("To answer its question"),
    "pay": msg("To pay it, or to prove that it was paid"),
}


@dataclass(frozen=True)
class Look:
    at: datetime
    household_id: str
    who: str
    action: str
    reason: str


def note_look(session: Session, household_id: int, reason: str, *, actor_id: int, now: datetime) -> None:
    audit(session, actor_id, "household.read", "household", household_id, {"reason": reason}, now=now)


def recent_reason(session: Session, household_id: int, *, actor_id: int, now: datetime) -> str:
    """What this person said of this file within the last half hour; empty: it has to be asked."""
    latest = (
        sa.select(AuditEntry.facts)
        .where(
            AuditEntry.subject_type == "household",
            AuditEntry.subject_id == str(household_id),
            AuditEntry.action.in_([READ, REVEALED]),
            AuditEntry.actor_id == actor_id,
            AuditEntry.at > now - FOR,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    facts = session.scalar(latest)
    return str((facts or {}).get("reason", ""))


def find_looks(
    session: Session, household_ids: Collection[int] | None = None, *, page: int = 1
) -> Page[Look]:
    """The newest first, of these households or of all. Two statements."""
    conditions = [AuditEntry.subject_type == "household", AuditEntry.action.in_(LOOKS)]
    if household_ids is not None:
        conditions.append(AuditEntry.subject_id.in_([str(one) for one in household_ids]))
    who = sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, "")
    statement = (
        sa.select(AuditEntry.at, AuditEntry.subject_id, who, AuditEntry.action, AuditEntry.facts)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .where(*conditions)
        .order_by(AuditEntry.id.desc())
    )
    found = read_page(session, statement, number=page)
    return found.map(lambda row: Look(row[0], row[1], row[2], row[3], str((row[4] or {}).get("reason", ""))))
