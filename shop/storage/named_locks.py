"""A lock on a name, for rules about rows that do not exist yet: "not more than ten of these"."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session


def lock_name(session: Session, name: str) -> None:
    """Wait until no other transaction holds this name; held until the end of this one.

    SQLite needs nothing: its unit of work holds the one write lock. Take names before rows.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
