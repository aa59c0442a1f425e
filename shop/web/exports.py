"""Files with the shop's figures leave it: counted for who takes them, and written into the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from shop.accounts.attempts import LIMITS, begin_attempt
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.kit.clock import in_shanghai, utc_now
from shop.kit.text import msg
from shop.web.database import transact
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id

TOO_MANY: Final = msg("At most %(most)s files can be taken in a quarter of an hour. You can go on at %(at)s.")


def let_out(note: Callable[[Session], object], *, of: str = "") -> None:
    """Count one export of this account and `note` it, before any figure is read; `of`: a guest's order instead.

    Raises TooManyAttempts. Counted in the database, on a campus network too: an account is an account everywhere.
    """
    account, origin, now = of or str(current_user_id()), request_origin(), utc_now()

    def work(session: Session) -> None:
        try:
            begin_attempt(session, AttemptKind.EXPORT, account, origin=origin, now=now)
        except TooManyAttempts as refused:
            raise _until(refused, now) from None
        note(session)

    transact(work)


def _until(refused: TooManyAttempts, now: datetime) -> TooManyAttempts:
    """The same refusal, saying how many files there may be and when it goes on."""
    again = now + timedelta(seconds=refused.retry_after)
    return TooManyAttempts(
        TOO_MANY,
        retry_after=refused.retry_after,
        most=LIMITS[AttemptKind.EXPORT].subject.count,
        at=f"{in_shanghai(again):%H:%M:%S}",
    )
