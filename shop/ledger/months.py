"""Closing a month of the books: nothing is posted in it any more, and its figures stay as they were.

Months are closed one after the other and opened again from the last one back. What happened in a closed month and is
heard of later is posted on the first moment after the closed months; corrections are reversing entries there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.kit.clock import day_range, month_of, months_before, shanghai_midnight, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg, tidy
from shop.ledger.models import ClosedMonth, JournalEntry, Posting
from shop.storage.named_locks import lock_name

# Transactions of the month's last minute have ended long before.
SETTLES_IN: Final = timedelta(hours=1)
LONGEST_REASON: Final = 300
_LOCK: Final = "ledger.months"


class MonthNotOver(Conflict):
    code = "month_not_over"
    default_message = msg("This month is not over yet. It can be closed an hour after its end.")


class EarlierMonthOpen(Conflict):
    code = "earlier_month_open"
    default_message = msg("%(month)s is still open. Close the months one after the other.")


class BeforeTheBooks(Conflict):
    code = "before_the_books"
    default_message = msg("The books begin with %(month)s: there is nothing before it to close.")


class NothingBooked(Conflict):
    code = "nothing_booked"
    default_message = msg("Nothing is booked yet: there is no month to close.")


class NotLastClosed(Conflict):
    code = "not_last_closed"
    default_message = msg("Only the month that was closed last can be opened again.")


@dataclass(frozen=True)
class MonthFigures:
    """Entries of one month, and the sum of their debits in fen."""

    entries: int
    turnover_fen: int


def open_moment(session: Session, moment: datetime) -> datetime:
    """`moment`, or the first one after the closed months when it lies in one of them.

    A running month is never closed, so nearly every posting asks nothing. Who posts into the past waits for who
    closes it.
    """
    if month_of(moment) >= month_of(utc_now()):
        return moment
    lock_name(session, _LOCK, shared=True)
    closed = last_closed(session)
    return moment if closed is None else max(moment, month_start(month_after(closed)))


def bank_moment(day: date, now: datetime) -> datetime:
    """When something stands in the books of which our bank says only the day."""
    _, end = day_range(day, day)
    return min(now, end - timedelta(seconds=1))


def last_closed(session: Session) -> date | None:
    """The first day of the newest closed month."""
    return session.scalar(sa.select(sa.func.max(ClosedMonth.month)))


def close_month(session: Session, month: date, *, actor_id: int, now: datetime) -> bool:
    """Freeze the Shanghai month that begins on `month`; False when it was closed before.

    Raises MonthNotOver, EarlierMonthOpen when entries of an open month stand before it, BeforeTheBooks and
    NothingBooked.
    """
    lock_name(session, _LOCK)
    closed = last_closed(session)
    if closed is not None and month <= closed:
        return False
    refuse_closing(session, month, now=now)
    figures = month_figures(session, month)
    session.add(
        ClosedMonth(
            month=month,
            entries=figures.entries,
            turnover_fen=figures.turnover_fen,
            closed_at=now,
            closed_by_id=actor_id,
        )
    )
    facts = {"entries": figures.entries, "turnover_fen": figures.turnover_fen}
    audit(session, actor_id, "month.closed", "ledger_month", f"{month:%Y-%m}", facts, now=now)
    return True


def refuse_closing(session: Session, month: date, *, now: datetime) -> None:
    if now < month_start(month_after(month)) + SETTLES_IN:
        raise MonthNotOver()
    first_open = first_open_month(session)
    if first_open is not None and first_open < month:
        raise EarlierMonthOpen(month=f"{first_open:%Y-%m}")
    if last_closed(session) is None:
        _refuse_before_the_books(first_open, month)


def _refuse_before_the_books(first_booked: date | None, month: date) -> None:
    """Behind a closed month also an empty one is closed, but nothing can be frozen where no books were kept."""
    if first_booked is None:
        raise NothingBooked()
    if month < first_booked:
        raise BeforeTheBooks(month=f"{first_booked:%Y-%m}")


def reopen_month(session: Session, month: date, reason: str, *, actor_id: int, now: datetime) -> bool:
    """Take the closing back; False when the month is open. Raises NotLastClosed, and InvalidInput without a reason."""
    said = tidy(reason)[:LONGEST_REASON]
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    lock_name(session, _LOCK)
    row = session.scalar(sa.select(ClosedMonth).where(ClosedMonth.month == month))
    if row is None:
        return False
    if month != last_closed(session):
        raise NotLastClosed()
    session.delete(row)
    audit(session, actor_id, "month.reopened", "ledger_month", f"{month:%Y-%m}", {"reason": said}, now=now)
    return True


def first_open_month(session: Session) -> date | None:
    """The month of the oldest entry that stands after the closed months."""
    closed = last_closed(session)
    oldest = sa.select(sa.func.min(JournalEntry.posted_at))
    if closed is not None:
        oldest = oldest.where(JournalEntry.posted_at >= month_start(month_after(closed)))
    moment = session.scalar(oldest)
    return month_of(moment) if moment is not None else None


def month_figures(session: Session, month: date) -> MonthFigures:
    """What stands in the books for one month now."""
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(JournalEntry.id)),
            sa.func.coalesce(sa.func.sum(Posting.amount_fen).filter(Posting.amount_fen > 0), 0),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(
            JournalEntry.posted_at >= month_start(month),
            JournalEntry.posted_at < month_start(month_after(month)),
        )
    ).one()
    return MonthFigures(int(row[0]), int(row[1]))


def month_start(month: date) -> datetime:
    """The UTC moment at which the month begins in Shanghai."""
    return shanghai_midnight(month)


def month_after(month: date) -> date:
    return months_before(month, -1)
