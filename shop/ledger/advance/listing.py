"""The advance account as finance reads it: what was lent by which run, what came in since, and what went back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.ledger.advance.models import AdvanceRepayment, RepaymentStatus
from shop.ledger.models import (
    Account,
    EntryKind,
    JournalEntry,
    Payout,
    PayoutItem,
    PayoutRun,
    PayoutStatus,
    Posting,
)
from shop.ledger.payouts.closing import owed_by_buyers
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class LentByRun:
    """Of what a run paid with lent money: what buyers still owe, and what they do not owe any more."""

    number: str
    until: date
    lent_fen: int
    owed_fen: int

    @property
    def came_in_fen(self) -> int:
        return self.lent_fen - self.owed_fen


@dataclass(frozen=True)
class AdvanceFigures:
    """All in fen. `open_fen` is owed to the lender; negative: the lender has had more than was lent."""

    lent_fen: int
    came_in_fen: int
    open_fen: int
    proposed_fen: int  # said to be repaid, and nobody has agreed yet
    waiting: int  # how many such words there are
    waiting_since: datetime | None

    @property
    def repaid_fen(self) -> int:
        return self.lent_fen - self.open_fen

    @property
    def repayable_fen(self) -> int:
        return self.repayable_beside(self.proposed_fen)

    def repayable_beside(self, proposed_fen: int) -> int:
        """Out of the buyers' money alone: never more than is owed, nor what other households are owed."""
        return max(0, min(self.open_fen, self.came_in_fen - self.repaid_fen) - proposed_fen)


@dataclass(frozen=True)
class RepaymentRow:
    id: int
    status: RepaymentStatus
    amount_fen: int
    bank_reference: str
    paid_on: date
    proposed_at: datetime
    proposed_by_id: int | None
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    reversed_at: datetime | None
    reversal_reason: str


def lent_by_run() -> sa.Select[*tuple[Any, ...]]:
    """SQL: number, until, lent and still owed by buyers, of each run that paid with lent money. The oldest first."""
    lent = _lent()
    owed = _owed(lent)
    return (
        sa.select(
            PayoutRun.number, PayoutRun.until, _added(lent.c.fen), _added(_within(lent.c.fen, owed.c.fen))
        )
        .select_from(lent)
        .join(Payout, Payout.id == lent.c.payout_id)
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .outerjoin(owed, owed.c.payout_id == lent.c.payout_id)
        .group_by(PayoutRun.id, PayoutRun.number, PayoutRun.until)
        .order_by(PayoutRun.id)
    )


def runs_on_advance(session: Session) -> list[LentByRun]:
    return [LentByRun(*row) for row in session.execute(lent_by_run())]


def advance_figures(session: Session) -> AdvanceFigures:
    """One statement."""
    row: Any = session.execute(sa.select(*figure_columns())).one()
    return AdvanceFigures(*row)


def figure_columns() -> tuple[sa.ScalarSelect[Any], ...]:
    """SQL: what AdvanceFigures hold, in their order; the dashboard asks for it beside other things."""
    runs = lent_by_run().subquery()
    _, _, lent, owed = runs.c
    of_runs = (_added(lent), _added(lent - owed))
    balance = sa.select(_added(-Posting.amount_fen)).where(Posting.account == Account.ADVANCE)
    waits = AdvanceRepayment.status == RepaymentStatus.PROPOSED
    waiting = (
        _added(AdvanceRepayment.amount_fen),
        sa.func.count(),
        sa.func.min(AdvanceRepayment.proposed_at),
    )
    parts = (sa.select(one).select_from(AdvanceRepayment).where(waits) for one in waiting)
    return (
        *(sa.select(one).select_from(runs).scalar_subquery() for one in of_runs),
        balance.scalar_subquery(),
        *(one.scalar_subquery() for one in parts),
    )


def repayments(session: Session, *, page: int = 1) -> Page[RepaymentRow]:
    """The newest first."""
    statement = _repayments().order_by(AdvanceRepayment.id.desc())
    return read_page(session, statement, number=page).map(lambda row: RepaymentRow(*row))


def waiting_repayments(session: Session) -> list[RepaymentRow]:
    """Those that wait for a second person, the oldest first."""
    waits = AdvanceRepayment.status == RepaymentStatus.PROPOSED
    return [
        RepaymentRow(*row)
        for row in session.execute(_repayments().where(waits).order_by(AdvanceRepayment.id))
    ]


def _repayments() -> sa.Select[*tuple[Any, ...]]:
    proposer, decider = aliased(User), aliased(User)
    row = AdvanceRepayment
    return (
        sa.select(
            *(row.id, row.status, row.amount_fen, row.bank_reference, row.paid_on),
            *(row.proposed_at, row.proposed_by_id, _who(proposer)),
            *(row.decided_at, _who(decider), row.reversed_at, row.reversal_reason),
        )
        .outerjoin(proposer, proposer.id == row.proposed_by_id)
        .outerjoin(decider, decider.id == row.decided_by_id)
    )


def _who(person: Any) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.func.nullif(person.name, ""), person.email, "")


def _lent() -> sa.Subquery:
    """What the entry of each paid payout took from the advance account."""
    name = sa.literal("payout:") + sa.cast(Payout.id, sa.String) + ":" + sa.cast(Payout.attempt, sa.String)
    return (
        sa.select(Payout.id.label("payout_id"), _added(-Posting.amount_fen).label("fen"))
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Payout, JournalEntry.reference == name)
        .where(
            Posting.account == Account.ADVANCE,
            JournalEntry.kind == EntryKind.PAYOUT,
            Payout.status == PayoutStatus.PAID,
        )
        .group_by(Payout.id)
        .subquery()
    )


def _owed(lent: sa.Subquery) -> sa.Subquery:
    """What buyers still owe of each of these payouts."""
    return (
        sa.select(PayoutItem.payout_id, _added(-Posting.amount_fen).label("fen"))
        .join(Posting, Posting.id == PayoutItem.posting_id)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            PayoutItem.payout_id.in_(sa.select(lent.c.payout_id)),
            JournalEntry.order_id.in_(owed_by_buyers()),
        )
        .group_by(PayoutItem.payout_id)
        .subquery()
    )


def _within(lent: Any, owed: Any) -> sa.ColumnElement[int]:
    """Never below nothing, nor more than was lent."""
    return sa.case((owed.is_(None), 0), (owed < 0, 0), (owed > lent, lent), else_=owed)


def _added(fen: Any) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(fen), 0), sa.BigInteger)
