"""Reading the audit trail, and checking that it is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import HEAD_ID, link_hash, personal_digest
from shop.accounts.models import AuditEntry, AuditHead, AuditPersonal, User

PAGE_SIZE = 50


@dataclass(frozen=True)
class AuditFilter:
    """Empty fields filter nothing; the range is half-open in UTC."""

    action: str = ""
    actor_id: int | None = None
    subject_type: str = ""
    subject_id: str = ""
    start: datetime | None = None
    end: datetime | None = None
    subjects: Mapping[str, Sequence[str]] = field(default_factory=dict)  # any of these, by their kind


@dataclass(frozen=True)
class AuditRow:
    id: int
    at: datetime
    actor_id: int | None
    actor_name: str | None
    actor_email: str | None
    action: str
    subject_type: str
    subject_id: str
    facts: dict[str, Any]
    personal: dict[str, Any] | None


@dataclass(frozen=True)
class Change:
    who: str
    at: datetime


@dataclass(frozen=True)
class Deed:
    actor_id: int | None
    who: str
    at: datetime


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain does not hold; entry 0 is the head."""

    entry_id: int
    what: str


def list_audit(
    session: Session, wanted: AuditFilter, *, before_id: int | None = None, limit: int = PAGE_SIZE
) -> Sequence[AuditRow]:
    """The newest entries first; go on with `before_id` = the last id shown."""
    statement = (
        sa.select(
            AuditEntry.id,
            AuditEntry.at,
            AuditEntry.actor_id,
            User.name,
            User.email,
            AuditEntry.action,
            AuditEntry.subject_type,
            AuditEntry.subject_id,
            AuditEntry.facts,
            AuditPersonal.facts,
        )
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .outerjoin(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id)
        .where(*_conditions(wanted))
        .order_by(AuditEntry.id.desc())
        .limit(min(limit, 100))
    )
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return [AuditRow(*row) for row in session.execute(statement)]


def latest_change(session: Session, subject_type: str, subject_id: str, name: str) -> Change | None:
    """Who changed a field of this subject last; when no entry names the field, who changed anything of it last."""
    rows = list_audit(session, AuditFilter(subject_type=subject_type, subject_id=subject_id), limit=20)
    naming = (row for row in rows if name in row.facts or name in (row.personal or {}))
    found = next(naming, next(iter(rows), None))
    return Change(found.actor_name or found.actor_email or "", found.at) if found is not None else None


def last_deed(
    session: Session, action: str, subject_type: str, subject_id: str, facts: Mapping[str, Any]
) -> Deed | None:
    """The newest entry of this action whose facts have these values."""
    wanted = AuditFilter(action=action, subject_type=subject_type, subject_id=subject_id)
    rows = list_audit(session, wanted, limit=100)
    found = next((row for row in rows if facts.items() <= row.facts.items()), None)
    if found is None:
        return None
    return Deed(found.actor_id, found.actor_name or found.actor_email or "", found.at)


def audit_entry(session: Session, entry_id: int) -> AuditEntry | None:
    return session.get(AuditEntry, entry_id)


def audit_actions(session: Session) -> Sequence[str]:
    """Every action that occurs, for the filter."""
    return session.scalars(sa.select(AuditEntry.action).distinct().order_by(AuditEntry.action)).all()


def count_entries(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


def verify_chain(session: Session) -> list[BrokenLink]:
    """Walk the chain from its first link to its head; an empty list means that nothing was altered.

    It streams: on PostgreSQL the session has to be in a transaction.
    """
    broken: list[BrokenLink] = []
    previous_hash, last_id = "", 0
    statement = sa.select(AuditEntry, AuditPersonal).outerjoin(
        AuditPersonal, AuditPersonal.entry_id == AuditEntry.id
    )
    rows = session.execute(statement.order_by(AuditEntry.id).execution_options(yield_per=1000))
    for entry, personal in rows:
        broken += [BrokenLink(entry.id, what) for what in _faults(entry, personal, previous_hash)]
        previous_hash, last_id = entry.hash, entry.id
    head = session.get(AuditHead, HEAD_ID)
    head_says = (head.last_hash, head.last_entry_id) if head else ("", 0)
    if head_says != (previous_hash, last_id):
        broken.append(BrokenLink(0, "the head names another last entry"))
    return broken


def _faults(entry: AuditEntry, personal: AuditPersonal | None, previous_hash: str) -> list[str]:
    faults = []
    if entry.previous_hash != previous_hash:
        faults.append("an entry before it is missing or was altered")
    if entry.hash != link_hash(entry):
        faults.append("what it says was altered")
    if personal is not None and entry.personal_digest != personal_digest(personal.salt, personal.facts):
        faults.append("its personal values were altered")
    return faults


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.actor_id is not None:
        conditions.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject_type:
        conditions.append(AuditEntry.subject_type == wanted.subject_type)
    if wanted.subject_id:
        conditions.append(AuditEntry.subject_id == wanted.subject_id)
    if wanted.subjects:
        of_kinds = (
            sa.and_(AuditEntry.subject_type == kind, AuditEntry.subject_id.in_(ids))
            for kind, ids in wanted.subjects.items()
        )
        conditions.append(sa.or_(*of_kinds))
    if wanted.start is not None:
        conditions.append(AuditEntry.at >= wanted.start)
    if wanted.end is not None:
        conditions.append(AuditEntry.at < wanted.end)
    return conditions
