"""One owner's lines of an account for a period, entry by entry with the balance after each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import day_range
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ledger.words import ENTRY_NAMES
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry; `fen` is what is owed more by it, negative for what was paid or is not owed any more."""

    entry_id: int
    posted_at: datetime
    kind: EntryKind
    order_number: str | None
    fen: int
    balance_fen: int


@dataclass(frozen=True)
class AccountStatement:
    """Whole Shanghai days, both included. What it calls its sums, each kind of statement says for itself."""

    first: date
    last: date
    opening_fen: int
    lines: Sequence[StatementLine]

    @property
    def closing_fen(self) -> int:
        return self.opening_fen + sum(line.fen for line in self.lines)

    def word_of(self, line: StatementLine) -> str:
        """What happened, as a message id, for the one whose account it is."""
        return ENTRY_NAMES[line.kind]

    def sum_of(self, *kinds: EntryKind) -> int:
        """In fen, of the entries of these kinds."""
        return sum(line.fen for line in self.lines if line.kind in kinds)

    @classmethod
    def read(
        cls, session: Session, account: Account, whose: sa.ColumnElement[bool], first: date, last: date
    ) -> Self:
        """`whose`: SQL over postings and their orders. What is owed counts up, to the shop or by it. Two statements."""
        start, end = day_range(first, last)
        sign = 1 if account is Account.RECEIVABLES else -1
        owed = sa.cast(sign * sa.func.sum(Posting.amount_fen), sa.BigInteger)
        own = (Posting.account == account, whose)
        opening = session.scalar(_joined(owed).where(*own, JournalEntry.posted_at < start)) or 0
        rows = session.execute(
            _joined(JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, Order.number, owed)
            .where(*own, JournalEntry.posted_at >= start, JournalEntry.posted_at < end)
            .group_by(JournalEntry.id, JournalEntry.posted_at, JournalEntry.kind, Order.number)
            .having(sa.func.sum(Posting.amount_fen) != 0)
            .order_by(JournalEntry.posted_at, JournalEntry.id)
        )
        lines, balance = [], opening
        for entry_id, posted_at, kind, number, fen in rows:
            balance += fen
            lines.append(StatementLine(entry_id, posted_at, kind, number, fen, balance))
        return cls(first, last, opening, tuple(lines))


def _joined(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*columns)
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .outerjoin(Order, Order.id == JournalEntry.order_id)
    )
