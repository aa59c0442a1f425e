"""Households as those see them who work with them. Nothing here is for public pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, Village


@dataclass(frozen=True, slots=True)
class VillageHousehold:
    id: int
    alias_zh: str
    alias_en: str
    people: int
    phone: str
    consented_at: datetime | None
    active: bool
    village_id: int
    village_zh: str
    village_en: str
    producer_id: int | None


def households_of_producers(session: Session, producer_ids: Collection[int]) -> list[int]:
    """The households behind these producers; a workshop is no household. One statement."""
    statement = sa.select(Producer.household_id).where(
        Producer.id.in_(producer_ids), Producer.household_id.is_not(None)
    )
    return [household_id for household_id in session.scalars(statement) if household_id is not None]


def village_households(session: Session, village_ids: Collection[int]) -> list[VillageHousehold]:
    """Households of these villages, by village and alias. One statement."""
    statement = (
        sa.select(
            Household.id,
            Household.alias_zh,
            Household.alias_en,
            Household.people,
            Household.phone,
            Household.consented_at,
            Household.active,
            Village.id,
            Village.name_zh,
            Village.name_en,
            Producer.id,
        )
        .join(Village, Village.id == Household.village_id)
        .outerjoin(Producer, Producer.household_id == Household.id)
        .where(Household.village_id.in_(village_ids))
        .order_by(Village.id, Household.alias_zh, Household.id)
    )
    return [VillageHousehold(*row) for row in session.execute(statement)]


def find_household_id(session: Session, slug: str) -> int | None:
    return session.scalar(sa.select(Household.id).where(Household.slug == slug))


def aliases_of(session: Session, household_ids: Collection[int]) -> dict[int, Household]:
    """Households by their number, for lists of somebody else's rows. One statement."""
    found = session.scalars(sa.select(Household).where(Household.id.in_(household_ids)))
    return {household.id: household for household in found}
