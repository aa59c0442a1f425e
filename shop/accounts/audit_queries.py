"""Reading the audit trail."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import AuditEntry, AuditPersonal, User
from shop.kit.text import like_pattern, normalise_digits

PAGE_SIZE = 50
SHORTEST_TAIL: Final = 4  # digits of a telephone number that somebody may search by


@dataclass(frozen=True)
class AuditFilter:
    """Empty fields filter nothing; the range is half-open in UTC."""

    action: str = ""
    who: str = ""  # part of a name, an e-mail address, the end of a telephone number
    by_shop: bool = False  # only what nobody in person did
    subject_type: str = ""
    subject_id: str = ""
    start: datetime | None = None
    end: datetime | None = None
    subjects: Mapping[str, Sequence[str]] = field(default_factory=dict)  # any of these, by their kind
    text: str = ""  # in what an entry says, its personal values too, or its subject's number


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


def _conditions(wanted: AuditFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.by_shop:
        conditions.append(AuditEntry.actor_id.is_(None))
    elif wanted.who:
        conditions.append(AuditEntry.actor_id.in_(sa.select(User.id).where(_is_called(wanted.who))))
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
    if wanted.text:
        conditions.append(_says(wanted.text))
    return conditions


def _is_called(who: str) -> sa.ColumnElement[bool]:
    digits = "".join(filter(str.isdigit, normalise_digits(who)))
    ways = [
        User.name.ilike(f"%{like_pattern(who)}%", escape="\\"),
        sa.func.lower(User.email) == who.lower(),
    ]
    if len(digits) >= SHORTEST_TAIL:
        ways.append(User.phone.endswith(digits, autoescape=True))
    return sa.or_(*ways)


def _says(text: str) -> sa.ColumnElement[bool]:
    """JSON is stored as `json.dumps` writes it, whatever is not ASCII by its codes: the text is looked for in that way."""
    as_stored = json.dumps(text)[1:-1]
    in_facts, in_personal = (
        sa.cast(facts, sa.Text).icontains(as_stored, autoescape=True)
        for facts in (AuditEntry.facts, AuditPersonal.facts)
    )
    of_subject = AuditEntry.subject_id.istartswith(text, autoescape=True)
    return sa.or_(in_facts, sa.func.coalesce(in_personal, sa.false()), of_subject)
