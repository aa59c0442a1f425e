"""How views read and write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from shop.extensions import db, unit_of_work

Result = TypeVar("Result")


def read_session() -> Session:
    """This request's session for reading. Nothing is ever written through it."""
    return db.session()


def transact(work: Callable[[Session], Result]) -> Result:
    """Run `work(session)` in a transaction of its own, answer its events and commit.

    What the request has read is rolled back first: use ids inside, never what was loaded before. The work may run
    again when it lost a race. Raises what the work raises, or Unavailable.
    """
    db.session.rollback()
    return unit_of_work().run(work)
