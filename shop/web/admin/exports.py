"""Files with the shop's figures leave it: counted for who takes them, and written into the audit trail."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from shop.accounts.attempts import begin_attempt
from shop.accounts.models import AttemptKind
from shop.kit.clock import utc_now
from shop.web.database import transact
from shop.web.origin import request_origin
from shop.web.viewer import current_user_id


def let_out(note: Callable[[Session], object]) -> None:
    """Count one export of this account and `note` it, before any figure is read.

    Raises TooManyAttempts. Counted in the database, on a campus network too: an account is an account everywhere.
    """
    account, origin, now = str(current_user_id()), request_origin(), utc_now()

    def work(session: Session) -> None:
        begin_attempt(session, AttemptKind.EXPORT, account, origin=origin, now=now)
        note(session)

    transact(work)
