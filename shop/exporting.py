"""What the worker brings to the writing of exports: a session to read with, and the words of a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from shop.extensions import db
from shop.kit.clock import utc_now
from shop.reports.background import Background
from shop.storage.database import allow_long_statements
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

STATEMENT_SECONDS: Final = 600  # what one statement of a report may take in the background
TURN: Final = timedelta(minutes=1)


def write_waiting(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> int:
    """One export after the other, until none waits or a turn that began `now` is over. Needs an application context."""
    background = Background(unit_of_work, store, _reading, _words_of)
    until, done = now + TURN, 0
    while utc_now() < until and background.write_next(now=utc_now()) is not None:
        done += 1
    return done


@contextmanager
def _reading() -> Iterator[Session]:
    """One transaction to read in: on SQLite others write meanwhile."""
    with Session(db.engine) as session:
        allow_long_statements(session, seconds=STATEMENT_SECONDS)
        if session.get_bind().dialect.name == "postgresql":
            # A workbook is put together when its last row has been read, and the transaction waits for it.
            session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        yield session


@contextmanager
def _words_of(language: str) -> Iterator[Callable[[str], str]]:
    with force_locale("en" if language == "en" else "zh"):
        yield gettext
