"""On which day our bank paid, or cash was handed over: somebody may say so days later."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ledger.models import JournalEntry, Payout, PayoutRun
from shop.ledger.months import bank_moment

TOO_EARLY = msg("No money of it can have left before %(day)s.")


def paid_moment(
    session: Session, run: PayoutRun, payouts: list[Payout], paid_on: date | None, now: datetime
) -> datetime:
    """When it stands in the books; `now` where no day is said.

    Raises InvalidInput for a day that has not come yet, or on which the run was not approved or the money of one of
    its payouts had not come back yet.
    """
    if paid_on is None:
        return now
    if paid_on > shanghai_date(now):
        raise InvalidInput(msg("This day has not come yet."), field="paid_on")
    known = [run.approved_at, _came_back(session, payouts)]
    first = max((shanghai_date(moment) for moment in known if moment is not None), default=paid_on)
    if paid_on < first:
        raise InvalidInput(TOO_EARLY, field="paid_on", day=first.isoformat())
    return bank_moment(paid_on, now)


def _came_back(session: Session, payouts: list[Payout]) -> datetime | None:
    """The last moment at which an earlier attempt of one of them was taken back."""
    names = [f"payout:{one.id}:{one.attempt - 1}:returned" for one in payouts if one.attempt > 1]
    if not names:
        return None
    return session.scalar(
        sa.select(sa.func.max(JournalEntry.posted_at)).where(JournalEntry.reference.in_(names))
    )
