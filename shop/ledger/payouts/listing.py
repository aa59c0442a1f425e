"""Payout runs as finance reads them, and what closing until a day would draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.catalogue.models import Household, Village
from shop.kit.errors import NotFound
from shop.ledger.models import JournalEntry, Payee, PayeeKind, Payout, PayoutItem, PayoutRun, PayoutStatus
from shop.ledger.payouts.closing import refuse_future, unpaid_postings
from shop.ledger.payouts.payees import why_held_back
from shop.ledger.payouts.unproven import lacks_receipt, proofs_of_payout
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class RunRow:
    """`drafts` are the households whose payout is not approved yet."""

    number: str
    until: date
    created_at: datetime
    created_by: str | None
    approved_at: datetime | None
    discarded_at: datetime | None
    households: int
    drafts: int
    unpaid_fen: int
    total_fen: int

    @property
    def state(self) -> str:
        """`discarded`, `draft`, `approved`, or `paid` when every payout of it is."""
        if self.discarded_at is not None:
            return "discarded"
        if self.approved_at is None:
            return "draft"
        return "approved" if self.unpaid_fen else "paid"


@dataclass(frozen=True)
class PayoutRow:
    """`held_back` is a message id: why money must not go there now. `proofs` are those of this attempt, and so is the
    entry: None until it is paid.
    """

    id: int
    run_number: str
    household_id: int
    slug: str
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    status: PayoutStatus
    postings: int
    amount_fen: int
    exported_at: datetime | None
    paid_at: datetime | None
    bank_reference: str
    failed_reason: str
    payee_kind: PayeeKind | None
    usable_from: datetime | None
    in_cash: bool
    proofs: int
    entry_id: int | None

    @property
    def lacks_receipt(self) -> bool:
        return self.status is PayoutStatus.PAID and self.in_cash and not self.proofs

    def held_back(self, now: datetime) -> str:
        if self.status is PayoutStatus.PAID or self.exported_at is not None:
            return ""
        return why_held_back(self.usable_from, now)


@dataclass(frozen=True)
class Preview:
    """What closing until a day would do: drafts, and households whose refunds outweigh their sales."""

    until: date
    households: int
    total_fen: int
    carried: int
    carried_fen: int


def list_payout_runs(session: Session, *, page: int = 1) -> Page[RunRow]:
    """The latest first."""
    of_run = Payout.run_id == PayoutRun.id
    count = sa.select(sa.func.count()).where(of_run)
    total = sa.func.coalesce(sa.func.sum(Payout.amount_fen), 0)  # PostgreSQL adds up to a decimal
    statement = (
        sa.select(
            PayoutRun.number,
            PayoutRun.until,
            PayoutRun.created_at,
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            PayoutRun.approved_at,
            PayoutRun.discarded_at,
            count.scalar_subquery(),
            count.where(Payout.status == PayoutStatus.DRAFT).scalar_subquery(),
            sa.select(sa.cast(total, sa.BigInteger))
            .where(of_run, Payout.status != PayoutStatus.PAID)
            .scalar_subquery(),
            sa.select(sa.cast(total, sa.BigInteger)).where(of_run).scalar_subquery(),
        )
        .outerjoin(User, User.id == PayoutRun.created_by_id)
        .order_by(PayoutRun.id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: RunRow(*row))


def get_payout_run(session: Session, number: str) -> PayoutRun:
    """Raises NotFound."""
    run = session.scalar(sa.select(PayoutRun).where(PayoutRun.number == number))
    if run is None:
        raise NotFound()
    return run


def payouts_of_run(session: Session, run_id: int, *, page: int | None = None) -> Page[PayoutRow]:
    """By village and alias; all of them when no page is asked for."""
    statement = _payout_rows(Payout.run_id == run_id)
    if page is None:
        rows: Sequence[PayoutRow] = [PayoutRow(*row) for row in session.execute(statement)]
        return Page(rows, len(rows), 1, max(1, len(rows)))
    return read_page(session, statement, number=page).map(lambda row: PayoutRow(*row))


def read_payout(session: Session, run_id: int, payout_id: int) -> PayoutRow:
    """Raises NotFound."""
    wanted = sa.and_(Payout.run_id == run_id, Payout.id == payout_id)
    row = session.execute(_payout_rows(wanted)).one_or_none()
    if row is None:
        raise NotFound()
    return PayoutRow(*row)


def _payout_rows(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    postings = (
        sa.select(sa.func.count()).select_from(PayoutItem).where(PayoutItem.payout_id == Payout.id)
    ).scalar_subquery()
    attempt = sa.cast(Payout.id, sa.String) + ":" + sa.cast(Payout.attempt, sa.String)
    entry = sa.select(JournalEntry.id).where(JournalEntry.reference == "payout:" + attempt)
    return (
        sa.select(
            Payout.id,
            PayoutRun.number,
            Household.id,
            Household.slug,
            Household.alias_zh,
            Household.alias_en,
            Village.name_zh,
            Village.name_en,
            Payout.status,
            postings,
            Payout.amount_fen,
            Payout.exported_at,
            Payout.paid_at,
            Payout.bank_reference,
            Payout.failed_reason,
            Payee.kind,
            Payee.usable_from,
            Payout.in_cash,
            proofs_of_payout(),
            entry.scalar_subquery(),
        )
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .outerjoin(Payee, Payee.household_id == Household.id)
        .where(which)
        .order_by(Village.id, Household.alias_zh, Household.id)
    )


@dataclass(frozen=True)
class RunFigures:
    """`sent` counts those that stand in a bank file and are not paid yet; of those that are not paid, `nobody`
    have nobody who takes the money, and `too_new` somebody who was named less than a day ago. `unproven` were paid in
    cash, and their signed receipt is missing.
    """

    households: int
    total_fen: int
    paid_fen: int
    nobody_fen: int
    sent: int
    nobody: int
    too_new: int
    unproven: int

    @property
    def named(self) -> int:
        """How many have somebody who takes the money, or have it already."""
        return self.households - self.nobody

    @property
    def approved_state(self) -> str:
        return "paid" if self.households and self.paid_fen == self.total_fen else "approved"


def run_totals(session: Session, run_id: int, *, now: datetime) -> RunFigures:
    """One statement."""
    paid = sa.case((Payout.status == PayoutStatus.PAID, Payout.amount_fen), else_=0)
    sent = sa.case((Payout.status == PayoutStatus.APPROVED, Payout.exported_at))
    waits = Payout.status != PayoutStatus.PAID
    nobody = sa.and_(waits, Payee.id.is_(None))
    too_new = sa.case((sa.and_(waits, Payee.usable_from > now), Payee.id))
    columns = (Payout.amount_fen, paid, sa.case((nobody, Payout.amount_fen), else_=0))
    sums = [sa.func.coalesce(sa.func.sum(column), 0) for column in columns]
    counted = (sent, sa.case((nobody, Payout.id)), too_new, sa.case((lacks_receipt(), Payout.id)))
    counts = [sa.func.count(column) for column in counted]
    row = session.execute(
        sa.select(sa.func.count(), *sums, *counts)
        .select_from(Payout)
        .outerjoin(Payee, Payee.household_id == Payout.household_id)
        .where(Payout.run_id == run_id)
    ).one()
    return RunFigures(*map(int, row))


def run_state(run: PayoutRun, figures: RunFigures) -> str:
    if run.discarded_at is not None:
        return "discarded"
    return "draft" if run.approved_at is None else figures.approved_state


def preview_closing(session: Session, until: date, *, now: datetime, advance: bool = False) -> Preview:
    """Nothing is written. Raises InvalidInput for a day that has not come."""
    refuse_future(until, now)
    sums = [
        sum(fen for _, fen in items) for items in unpaid_postings(session, until, advance=advance).values()
    ]
    due, carried = [fen for fen in sums if fen > 0], [fen for fen in sums if fen <= 0]
    return Preview(until, len(due), sum(due), len(carried), sum(carried))


def note_export(session: Session, number: str, *, actor_id: int, now: datetime) -> None:
    """Who took which run's list, when."""
    audit(session, actor_id, "payout.exported", "payout_run", number, {"format": "csv"}, now=now)
