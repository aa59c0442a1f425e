"""Codes that somebody at a counter types: a few digits are soon guessed by who may go on trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from shop.accounts.attempts import begin_attempt, take_back_attempt
from shop.accounts.models import AttemptKind
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.web.database import transact
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id

Found = TypeVar("Found")


def counted_try(
    look: Callable[[], Found], wrong: type[ShopError], *, but: tuple[type[ShopError], ...] = ()
) -> Found:
    """What the look finds; one that raises `wrong`, and none of `but`, is counted, by person and by address.

    Raises what the look raises, and TooManyAttempts after too many wrong ones.
    """
    person, origin, now = str(current_user_id()), request_origin(), utc_now()
    attempt_id = transact(
        lambda session: begin_attempt(session, AttemptKind.PICKUP, person, origin=origin, now=now)
    )
    counts = False
    try:
        return look()
    except wrong as error:
        counts = not isinstance(error, but)
        raise
    finally:
        if not counts:
            transact(lambda session: take_back_attempt(session, attempt_id))
