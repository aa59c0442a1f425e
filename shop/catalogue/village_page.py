"""What a village's page shows of the catalogue: its story, its households that agreed to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.errors import NoSuchVillage
from shop.catalogue.models import Household, Village
from shop.kit.text import tidy

MOST_HOUSEHOLDS: Final = 24
FEWEST_COUNTED: Final = 5  # below it, even a number of households says too much


@dataclass(frozen=True, slots=True)
class ShownHousehold:
    """A household by its alias; it has agreed."""

    alias_zh: str
    alias_en: str
    story_zh: str
    story_en: str


@dataclass(frozen=True)
class VillagePage:
    """`household_count` is None where there are fewer than five."""

    village: Village
    households: tuple[ShownHousehold, ...]
    household_count: int | None


def read_village_page(session: Session, slug: str) -> VillagePage:
    """Two queries. Raises NoSuchVillage."""
    active = (
        sa.select(sa.func.count())
        .where(Household.village_id == Village.id, Household.active)
        .correlate(Village)
        .scalar_subquery()
    )
    row = session.execute(
        sa.select(Village, active.label("active")).where(Village.slug == tidy(slug))
    ).first()
    if row is None:
        raise NoSuchVillage()
    shown = session.execute(
        sa.select(Household.alias_zh, Household.alias_en, Household.story_zh, Household.story_en)
        .where(
            Household.village_id == row.Village.id,
            Household.active,
            Household.consented_at.is_not(None),
        )
        .order_by(Household.story_zh == "", Household.id)
        .limit(MOST_HOUSEHOLDS)
    )
    return VillagePage(
        village=row.Village,
        households=tuple(ShownHousehold(*household) for household in shown),
        household_count=row.active if row.active >= FEWEST_COUNTED else None,
    )


def list_villages(session: Session) -> list[Village]:
    """All villages, those that sell most first."""
    return list(session.scalars(sa.select(Village).order_by(Village.product_count.desc(), Village.id)))
