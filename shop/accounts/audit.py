"""The audit trail: who did what to what, when; a chain of hashes that nobody can alter unseen.

`audit` only notes; the link is written after everything else in the transaction, because all writers of the chain
wait for its one head row. Personal values stand in a table of their own: the chain holds their salted digest, so
that erasing a person breaks nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.events import AuditNoted
from shop.accounts.models import AuditEntry, AuditHead, AuditPersonal
from shop.kit.references import random_code
from shop.storage.event_log import record_last
from shop.storage.locks import LockRank, lock_row

HEAD_ID = 1
_NEXT_IN_SEQUENCE: Final = sa.text("SELECT nextval(pg_get_serial_sequence('audit_entries', 'id'))")
_AFTER_THE_LAST: Final = sa.select(sa.func.coalesce(sa.func.max(AuditEntry.__table__.c.id), 0) + 1)


class Entry(Protocol):
    """What one link says, as a row of the database or as it was read for checking."""

    @property
    def id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def action(self) -> str: ...
    @property
    def subject_type(self) -> str: ...
    @property
    def subject_id(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...
    @property
    def personal_digest(self) -> str: ...
    @property
    def previous_hash(self) -> str: ...


def audit(
    session: Session,
    actor_id: int | None,
    action: str,
    subject_type: str,
    subject_id: int | str,
    facts: Mapping[str, Any] | None = None,
    *,
    now: datetime,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """Note an action such as `role.granted`; `facts` and `personal` must be JSON. No actor: the shop itself.

    What names or describes a person (address, e-mail, telephone) goes into `personal`.
    """
    record_last(
        session,
        AuditNoted(
            actor_id=actor_id,
            action=action,
            subject_type=subject_type,
            subject_id=str(subject_id),
            facts=dict(facts or {}),
            personal=dict(personal or {}),
            at=now,
        ),
    )


def write_audit_entry(session: Session, event: AuditNoted) -> None:
    """Add one link. Locks the head of the chain, which is the last lock of any transaction."""
    head = lock_row(session, LockRank.AUDIT_HEAD, sa.select(AuditHead).where(AuditHead.id == HEAD_ID))
    if head is None:
        head = AuditHead(id=HEAD_ID, last_entry_id=0, last_hash="")
        session.add(head)
    salt = random_code(26) if event.personal else ""
    entry = AuditEntry(
        id=_next_id(session),
        at=event.at,
        actor_id=event.actor_id,
        action=event.action,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        facts=dict(event.facts),
        personal_digest=personal_digest(salt, event.personal) if event.personal else "",
        previous_hash=head.last_hash,
    )
    entry.hash = link_hash(entry)
    session.add(entry)
    session.flush()
    if event.personal:
        session.add(AuditPersonal(entry_id=entry.id, salt=salt, facts=dict(event.personal)))
    head.last_entry_id, head.last_hash = entry.id, entry.hash
    session.flush()


def _next_id(session: Session) -> int:
    """Known before the entry is written, since its hash holds it. Whoever asks has the head locked."""
    if session.get_bind().dialect.name == "postgresql":
        return int(session.scalar(_NEXT_IN_SEQUENCE) or 0)
    return int(session.scalar(_AFTER_THE_LAST) or 0)


def link_hash(entry: Entry, *, numbered: bool = True) -> str:
    """The hash of everything the entry says and of the link before it.

    Entries of the shop's first versions are hashed without their number.
    """
    said = {
        **({"id": entry.id} if numbered else {}),
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": entry.actor_id,
        "action": entry.action,
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "facts": entry.facts,
        "personal_digest": entry.personal_digest,
        "previous_hash": entry.previous_hash,
    }
    return hashlib.sha256(_canonical(said)).hexdigest()


def personal_digest(salt: str, facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(salt.encode() + b"\0" + _canonical(facts)).hexdigest()


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
