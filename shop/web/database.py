"""How views read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from flask import current_app
from sqlalchemy.orm import Session

from shop.extensions import ReadSession, db, unit_of_work
from shop.storage.database import allow_long_statements

Result = TypeVar("Result")

# Where `shop_settings` keeps the catalogue version that it read last.
KEPT_VERSION = "shop.kept_version"


def read_session() -> Session:
    """This request's session for reading. Nothing is ever written through it."""
    return db.session()


def patient_session(*, seconds: int) -> Session:
    """The session for reading, from here on in one transaction, whose statements may take that long: for files."""
    session = cast(ReadSession, db.session())
    session.rollback()
    session.one_transaction = True
    allow_long_statements(session, seconds=seconds)
    return session


def transact(work: Callable[[Session], Result]) -> Result:
    """Run `work(session)` in a transaction of its own, answer its events and commit.

    What the request has read is rolled back first: use ids inside, never what was loaded before. The work may run
    again when it lost a race. Raises what the work raises, or Unavailable.
    """
    end_reads()
    result = unit_of_work().run(work)
    forget_kept_version()
    return result


def end_reads() -> None:
    """Give back the connection of what was read so far; what was loaded is stale from here on."""
    db.session.rollback()


def forget_kept_version() -> None:
    """Who has just changed something sees it on the next page at once."""
    current_app.extensions.pop(KEPT_VERSION, None)
