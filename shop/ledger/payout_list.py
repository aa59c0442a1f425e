"""Payout runs as finance reads them, and what closing until a day would draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import User
from shop.catalogue.models import Household, Village
from shop.kit.errors import NotFound
from shop.ledger.models import Payout, PayoutItem, PayoutRun, PayoutStatus
from shop.ledger.payouts import refuse_future, unpaid_postings
from shop.storage.paging import Page, read_page


@dataclass(frozen=True)
class RunRow:
    """`drafts` are the households whose payout is not approved yet."""

    number: str
    until: date
    created_at: datetime
    created_by: str | None
    households: int
    drafts: int
    total_fen: int


@dataclass(frozen=True)
class PayoutRow:
    slug: str
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    status: PayoutStatus
    postings: int
    amount_fen: int


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
            count.scalar_subquery(),
            count.where(Payout.status == PayoutStatus.DRAFT).scalar_subquery(),
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
    postings = (
        sa.select(sa.func.count()).select_from(PayoutItem).where(PayoutItem.payout_id == Payout.id)
    ).scalar_subquery()
    statement = (
        sa.select(
            Household.slug,
            Household.alias_zh,
            Household.alias_en,
            Village.name_zh,
            Village.name_en,
            Payout.status,
            postings,
            Payout.amount_fen,
        )
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(Payout.run_id == run_id)
        .order_by(Village.id, Household.alias_zh, Household.id)
    )
    if page is None:
        rows: Sequence[PayoutRow] = [PayoutRow(*row) for row in session.execute(statement)]
        return Page(rows, len(rows), 1, max(1, len(rows)))
    return read_page(session, statement, number=page).map(lambda row: PayoutRow(*row))


def run_totals(session: Session, run_id: int) -> tuple[int, int]:
    """How many households, and how much in fen."""
    total = sa.func.coalesce(sa.func.sum(Payout.amount_fen), 0)
    count, fen = session.execute(sa.select(sa.func.count(), total).where(Payout.run_id == run_id)).one()
    return int(count), int(fen)


def preview_closing(session: Session, until: date, *, now: datetime) -> Preview:
    """Nothing is written. Raises InvalidInput for a day that has not come."""
    refuse_future(until, now)
    sums = [sum(fen for _, fen in items) for items in unpaid_postings(session, until).values()]
    due, carried = [fen for fen in sums if fen > 0], [fen for fen in sums if fen <= 0]
    return Preview(until, len(due), sum(due), len(carried), sum(carried))


def note_export(session: Session, number: str, *, actor_id: int, now: datetime) -> None:
    """Who took which run's list, when."""
    audit(session, actor_id, "payout.exported", "payout_run", number, {"format": "csv"}, now=now)
