"""One transaction for one thing that happens: the work, what follows from it, and the only commit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

from shop.kit.errors import Unavailable
from shop.storage.contention import is_away, is_duplicate, is_lost_race
from shop.storage.database import LOCK_TIMEOUT_SECONDS, WRITES
from shop.storage.event_log import next_event

Result = TypeVar("Result")
Reaction = Callable[[Session, Any], None]
Reactions = Mapping[type, Sequence[Reaction]]

MAX_ATTEMPTS = 8
MAX_ATTEMPTS_AT_A_DUPLICATE = 3

log = logging.getLogger(__name__)


class UnitOfWork:
    """Runs work in a session of its own, answers its events, commits; tries again when a race was lost.

    The work may therefore run several times: it has no effect but on its session, and uses nothing that was
    loaded outside it. Reactions run in the order of their table, in the same transaction, before the commit;
    an exception from the work or from a reaction undoes everything and reaches the caller.
    """

    def __init__(self, engine: Engine, reactions: Reactions) -> None:
        self._engine = engine.execution_options(**{WRITES: True})
        self._reactions = reactions
        # Waiting for SQLite's one write lock is polling, and neither quick nor fair: threads queue here before it.
        is_embedded = engine.dialect.name == "sqlite"
        self._turn: AbstractContextManager[object] = threading.Lock() if is_embedded else nullcontext()

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Return what `work` returned, committed. Raises Unavailable when the database is too busy or away."""
        retrying = Retrying(
            retry=retry_if_exception(_is_worth_another_try),
            stop=_has_tried_enough,
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        try:
            result: Result = retrying(self._once, work)
        except SQLAlchemyError as error:
            if is_lost_race(error) or is_away(error):
                log.warning("unit of work gave up: %s", type(error).__name__)
                raise Unavailable() from error
            raise
        return result

    def _once(self, work: Callable[[Session], Result]) -> Result:
        with self._turn, Session(self._engine, expire_on_commit=False) as session:
            result = work(session)
            self._react(session)
            session.commit()
            return result

    def _react(self, session: Session) -> None:
        while (event := next_event(session)) is not None:
            for reaction in self._reactions.get(type(event), ()):
                reaction(session, event)


def _is_worth_another_try(error: BaseException) -> bool:
    return is_lost_race(error) or is_duplicate(error)


def _has_tried_enough(state: RetryCallState) -> bool:
    """A lost race is tried again for as long as one lock may be waited for; a duplicate a few times only."""
    error = state.outcome.exception() if state.outcome else None
    if error is not None and is_duplicate(error):
        return state.attempt_number >= MAX_ATTEMPTS_AT_A_DUPLICATE
    waited = state.seconds_since_start or 0.0
    return state.attempt_number >= MAX_ATTEMPTS or waited >= LOCK_TIMEOUT_SECONDS
