"""Checking that the audit trail is what was written, to the byte.

What is stored is read as it stands there, so that a byte that makes a value unreadable is told as any other one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shop.accounts.audit import HEAD_ID, link_hash, personal_digest
from shop.accounts.models import AuditEntry, AuditHead, AuditPersonal

AT_ONCE: Final = 1000
ON_SQLITE: Final = "%Y-%m-%d %H:%M:%S.%f"
ALTERED: Final = "what it says was altered"
MISSING: Final = "an entry before it is missing or was altered"
PERSONAL: Final = "its personal values were altered"
UNREADABLE: Final = "what it says cannot be read"


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain does not hold; entry 0 is the head."""

    entry_id: int
    what: str


@dataclass(frozen=True)
class _Link:
    """One entry, of which moments and facts are still as the database has them."""

    id: int
    stored_at: Any
    actor_id: int | None
    action: str
    subject_type: str
    subject_id: str
    stored_facts: str
    personal_digest: str
    previous_hash: str
    hash: str
    salt: str | None
    stored_personal: str | None

    @property
    def at(self) -> datetime:
        if isinstance(self.stored_at, datetime):
            return self.stored_at
        moment = datetime.strptime(self.stored_at, ON_SQLITE).replace(tzinfo=UTC)
        if moment.strftime(ON_SQLITE) != self.stored_at:
            raise ValueError(self.stored_at)
        return moment

    @property
    def facts(self) -> dict[str, Any]:
        return _parsed(self.stored_facts)

    def faults(self, previous_hash: str) -> Iterator[str]:
        if self.previous_hash != previous_hash:
            yield MISSING
        if self.hash not in (link_hash(self), link_hash(self, numbered=False)):
            yield ALTERED
        if self.stored_personal is not None and not self._fits_personal():
            yield PERSONAL

    def _fits_personal(self) -> bool:
        try:
            facts = _parsed(self.stored_personal or "")
        except ValueError:
            return False
        return self.personal_digest == personal_digest(self.salt or "", facts)


_ENTRY: Final = AuditEntry.__table__.c
_PERSONAL: Final = AuditPersonal.__table__.c
_READ: Final = sa.select(
    _ENTRY.id,
    sa.type_coerce(_ENTRY.at, sa.types.NullType()).label("stored_at"),
    *(_ENTRY[name] for name in ("actor_id", "action", "subject_type", "subject_id")),
    sa.cast(_ENTRY.facts, sa.Text).label("stored_facts"),
    *(_ENTRY[name] for name in ("personal_digest", "previous_hash", "hash")),
    _PERSONAL.salt,
    sa.cast(_PERSONAL.facts, sa.Text).label("stored_personal"),
).select_from(AuditEntry.__table__.outerjoin(AuditPersonal.__table__, _PERSONAL.entry_id == _ENTRY.id))
_HEAD: Final = sa.select(AuditHead.last_hash, AuditHead.last_entry_id).where(AuditHead.id == HEAD_ID)
_NO_HEAD: Final = ("", -1)  # fits no chain
_OF_NOBODY: Final = (
    sa.select(AuditPersonal.entry_id)
    .outerjoin(AuditEntry, AuditEntry.id == AuditPersonal.entry_id)
    .where(AuditEntry.id.is_(None))
    .order_by(AuditPersonal.entry_id)
)


def verify_chain(session: Session) -> list[BrokenLink]:
    """Walk the chain from its first link to its head, the first that does not fit first; empty when nothing was altered."""
    broken: list[BrokenLink] = []
    previous_hash, last_id = "", None
    # The head is read before each look for more: what is written meanwhile is walked too.
    while (head := _head(session)) and (ids := _ids_after(session, last_id)):
        for entry_id, link in _links(session, ids):
            broken += [BrokenLink(entry_id, what) for what in _faults_of(link, previous_hash)]
            previous_hash = link.hash if link is not None else _hash_alone(session, entry_id)
        last_id = ids[-1]
    broken += [BrokenLink(one, PERSONAL) for one in session.scalars(_OF_NOBODY)]
    if head != (previous_hash, last_id or 0):
        broken.append(BrokenLink(0, "the head names another last entry"))
    return broken


def _head(session: Session) -> tuple[str, int]:
    try:
        row = session.execute(_HEAD).one_or_none()
    except (DBAPIError, UnicodeDecodeError):
        return _NO_HEAD
    return (row[0], row[1]) if row is not None else ("", 0)


def _ids_after(session: Session, last_id: int | None) -> Sequence[int]:
    after = sa.select(AuditEntry.id).order_by(AuditEntry.id).limit(AT_ONCE)
    return session.scalars(after.where(AuditEntry.id > last_id) if last_id is not None else after).all()


def _links(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, _Link | None]]:
    """None for an entry that the database itself cannot read."""
    among = AuditEntry.id.between(ids[0], ids[-1])
    try:
        rows = session.execute(_READ.where(among).order_by(AuditEntry.id)).all()
    except (DBAPIError, UnicodeDecodeError):
        if len(ids) == 1:
            yield ids[0], None
            return
        half = len(ids) // 2
        yield from _links(session, ids[:half])
        yield from _links(session, ids[half:])
        return
    yield from ((row[0], _Link(*row)) for row in rows)


def _faults_of(link: _Link | None, previous_hash: str) -> list[str]:
    if link is None:
        return [UNREADABLE]
    try:
        return list(link.faults(previous_hash))
    except (ValueError, TypeError, RecursionError):
        return [UNREADABLE]


def _hash_alone(session: Session, entry_id: int) -> str:
    try:
        return session.scalar(sa.select(AuditEntry.hash).where(AuditEntry.id == entry_id)) or ""
    except (DBAPIError, UnicodeDecodeError):
        return ""


def _parsed(stored: str) -> dict[str, Any]:
    """Raises ValueError also for what is written in another way than the shop writes."""
    value = json.loads(stored)
    if not isinstance(value, dict) or json.dumps(value) != stored:
        raise ValueError(stored)
    return value
