"""What households say about themselves, for the home page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Village


@dataclass(frozen=True, slots=True)
class Story:
    alias_zh: str
    alias_en: str
    story_zh: str
    story_en: str
    village_slug: str
    village_name_zh: str
    village_name_en: str


def story_of_the_week(session: Session, week: int) -> Story | None:
    """One household that agreed to be shown and has something to say; another one each week."""
    told = (
        sa.select(
            *(Household.alias_zh, Household.alias_en, Household.story_zh, Household.story_en),
            *(Village.slug, Village.name_zh, Village.name_en),
        )
        .join(Village, Village.id == Household.village_id)
        .where(Household.active, Household.consented_at.is_not(None), Household.story_zh != "")
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(told.subquery())) or 0
    if not count:
        return None
    row = session.execute(told.order_by(Household.id).offset(week % count).limit(1)).one()
    return Story(*row)
