"""What a household brought to workshops, as it reads that itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Producer
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.storage.paging import Page, read_page

PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class OwnSlip:
    """`made_g` of its grams are in a lot, `left_g` wait; a slip that was taken back has neither."""

    number: str
    workshop_zh: str
    raw_zh: str
    grade_zh: str
    grams: int
    made_g: int
    left_g: int
    taken_back_g: int
    weighed_at: datetime

    @property
    def is_void(self) -> bool:
        return self.taken_back_g > 0


def own_slips(session: Session, household_ids: Collection[int], *, page: int = 1) -> Page[OwnSlip]:
    """The newest first, without the entries that only take one back. Two statements."""
    statement = (
        sa.select(
            *(Intake.number, Producer.name_zh, RawGood.name_zh, RawGrade.name_zh),
            *(Intake.grams, Intake.used_g, Intake.left_g, Intake.taken_back_g, Intake.weighed_at),
        )
        .join(Producer, Producer.id == Intake.producer_id)
        .join(RawGrade, RawGrade.id == Intake.grade_id)
        .join(RawGood, RawGood.id == RawGrade.raw_good_id)
        .where(Intake.household_id.in_(household_ids), Intake.reverses_id.is_(None))
        .order_by(Intake.id.desc())
    )
    return read_page(session, statement, number=page, size=PAGE).map(lambda row: OwnSlip(*row))


def has_brought_something(session: Session, household_ids: Collection[int]) -> bool:
    """One statement."""
    brought = sa.select(Intake.id).where(Intake.household_id.in_(household_ids))
    return session.scalar(brought.limit(1)) is not None
