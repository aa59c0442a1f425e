"""A household's account for a period: what it had to get, what came, what was paid, what it has to get now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import day_range
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry; `fen` is what the household has to get more by it, negative for what it was paid."""

    posted_at: datetime
    kind: EntryKind
    order_number: str | None
    fen: int
    balance_fen: int


@dataclass(frozen=True)
class Statement:
    first: date
    last: date
    opening_fen: int
    lines: Sequence[StatementLine]

    @property
    def earned_fen(self) -> int:
        return sum(line.fen for line in self.lines if line.kind is not EntryKind.PAYOUT)

    @property
    def paid_fen(self) -> int:
        return -sum(line.fen for line in self.lines if line.kind is EntryKind.PAYOUT)

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + sum(line.fen for line in self.lines)


def household_statement(session: Session, household_id: int, first: date, last: date) -> Statement:
    """Whole Shanghai days, both included. Two statements."""
    start, end = day_range(first, last)
    owed = sa.cast(-sa.func.sum(Posting.amount_fen), sa.BigInteger)
    own = (Posting.account == Account.HOUSEHOLD_PAYABLE, Posting.household_id == household_id)
    before = sa.select(owed).join(JournalEntry, JournalEntry.id == Posting.entry_id)
    opening = session.scalar(before.where(*own, JournalEntry.posted_at < start)) or 0
    rows = session.execute(
        sa.select(JournalEntry.posted_at, JournalEntry.kind, Order.number, owed)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
        .where(*own, JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
        .group_by(JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, Order.number)
        .having(sa.func.sum(Posting.amount_fen) != 0)
        .order_by(JournalEntry.posted_at, JournalEntry.id)
    )
    lines, balance = [], opening
    for posted_at, kind, number, fen in rows:
        balance += fen
        lines.append(StatementLine(posted_at, kind, number, fen, balance))
    return Statement(first, last, opening, tuple(lines))
