"""Cash that was paid and for which no signed receipt lies there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, PictureState, Village
from shop.ledger.models import Payee, PayeeKind, Payout, PayoutRun, PayoutStatus
from shop.ledger.payouts.proof_models import PayoutProof, ProvenPayout
from shop.storage.paging import First, Page, read_first, read_page

# Who brings cash to the villages is back with the signatures within days.
PATIENCE: Final = timedelta(days=3)


@dataclass(frozen=True)
class Unproven:
    """A household that was paid in cash, and no signed receipt lies there for it."""

    payout_id: int
    run_number: str
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    amount_fen: int
    paid_at: datetime


def proofs_of_payout() -> sa.ScalarSelect[int]:
    """SQL: how many files prove this attempt of a payout; a photo that could not be read proves nothing."""
    return (
        sa.select(sa.func.count())
        .select_from(ProvenPayout)
        .join(PayoutProof, PayoutProof.id == ProvenPayout.proof_id)
        .where(
            ProvenPayout.payout_id == Payout.id,
            ProvenPayout.attempt == Payout.attempt,
            PayoutProof.state != PictureState.REFUSED,
        )
        .correlate(Payout)
        .scalar_subquery()
    )


def lacks_receipt() -> sa.ColumnElement[bool]:
    """SQL: a payout was paid in cash and its signed receipt is missing."""
    return sa.and_(Payout.status == PayoutStatus.PAID, Payout.in_cash.is_(True), proofs_of_payout() == 0)


@dataclass(frozen=True)
class CashPayout:
    """One that is handed over, or was, without a signed receipt yet."""

    payout_id: int
    alias_zh: str
    alias_en: str
    amount_fen: int


def cash_to_prove(session: Session, run_id: int) -> list[CashPayout]:
    """Of an approved run, by name. One statement."""
    to_hand_over = sa.and_(
        Payout.status == PayoutStatus.APPROVED, Payout.exported_at.is_(None), Payee.kind == PayeeKind.CASH
    )
    statement = (
        sa.select(Payout.id, Household.alias_zh, Household.alias_en, Payout.amount_fen)
        .join(Household, Household.id == Payout.household_id)
        .outerjoin(Payee, Payee.household_id == Payout.household_id)
        .where(Payout.run_id == run_id, proofs_of_payout() == 0)
        .where(sa.or_(to_hand_over, sa.and_(Payout.status == PayoutStatus.PAID, Payout.in_cash.is_(True))))
        .order_by(Household.village_id, Household.alias_zh, Payout.id)
    )
    return [CashPayout(*row) for row in session.execute(statement)]


def first_unproven(session: Session, *, now: datetime, most: int) -> First[Unproven]:
    """Cash that was paid longer ago than anybody should wait, the oldest first. One statement."""
    statement = _unproven(now)
    found = read_first(session, statement, most=most, adding=Payout.amount_fen)
    return found.map(lambda row: Unproven(*row))


def list_unproven(session: Session, *, now: datetime, page: int = 1) -> Page[Unproven]:
    """The same, page by page."""
    return read_page(session, _unproven(now), number=page).map(lambda row: Unproven(*row))


def _unproven(now: datetime) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Payout.id, PayoutRun.number, Household.alias_zh, Household.alias_en),
            *(Village.name_zh, Village.name_en, Payout.amount_fen, Payout.paid_at),
        )
        .join(PayoutRun, PayoutRun.id == Payout.run_id)
        .join(Household, Household.id == Payout.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(lacks_receipt(), Payout.paid_at <= now - PATIENCE)
        .order_by(Payout.paid_at, Payout.id)
    )
