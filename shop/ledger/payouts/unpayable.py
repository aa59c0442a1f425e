"""Households that are owed money and have nobody who takes it: a payout to them cannot leave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village
from shop.inventory.models import HouseholdMonth
from shop.ledger.models import Payee, Payout, PayoutStatus
from shop.storage.paging import First, Page, read_first, read_page


@dataclass(frozen=True)
class Unpayable:
    """`owed_fen`: what the household earned and was not paid."""

    household_id: int
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    owed_fen: int


def first_unpayable(session: Session, *, most: int) -> First[Unpayable]:
    """Those that are owed most, how many there are in all, and how many fen they are owed. One statement."""
    found = _unpayable().subquery()
    statement = sa.select(found).order_by(found.c.owed_fen.desc(), found.c.household_id)
    return read_first(session, statement, most=most, adding=found.c.owed_fen).map(lambda row: Unpayable(*row))


def list_unpayable(session: Session, *, page: int = 1) -> Page[Unpayable]:
    """By what they are owed, most first. Two statements."""
    found = _unpayable().subquery()
    statement = sa.select(found).order_by(found.c.owed_fen.desc(), found.c.household_id)
    return read_page(session, statement, number=page).map(lambda row: Unpayable(*row))


def has_payee(session: Session, household_ids: Collection[int]) -> bool:
    """Whether somebody is named who takes the money of each of these households."""
    named = sa.select(sa.func.count(Payee.id)).where(Payee.household_id.in_(household_ids))
    return session.scalar(named) == len(set(household_ids))


def _unpayable() -> sa.Select[*tuple[Any, ...]]:
    """From the figures kept by household and month, which `check` compares with the ledger: a few rows a household."""
    earned = (
        sa.select(sa.func.coalesce(sa.func.sum(HouseholdMonth.earned_fen), 0))
        .where(HouseholdMonth.household_id == Household.id)
        .scalar_subquery()
    )
    paid = (
        sa.select(sa.func.coalesce(sa.func.sum(Payout.amount_fen), 0))
        .where(Payout.household_id == Household.id, Payout.status == PayoutStatus.PAID)
        .scalar_subquery()
    )
    owed = sa.cast(earned - paid, sa.BigInteger)
    return (
        sa.select(
            *(Household.id.label("household_id"), Household.alias_zh, Household.alias_en),
            *(Village.name_zh, Village.name_en, owed.label("owed_fen")),
        )
        .join(Village, Village.id == Household.village_id)
        .where(~sa.exists().where(Payee.household_id == Household.id), owed > 0)
    )
