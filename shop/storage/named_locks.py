"""A lock on a name, for rules about rows that do not exist yet: "not more than ten of these"."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import Session


def lock_name(session: Session, name: str, *, shared: bool = False) -> None:
    """Wait until no other transaction holds this name; held until the end of this one.

    `shared`: with all others who share it, and against who wants it alone. SQLite needs nothing: its unit of work holds the one write lock. Take names before rows.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    lock = sa.func.pg_advisory_xact_lock_shared if shared else sa.func.pg_advisory_xact_lock
    session.execute(sa.select(lock(key)))
