"""Slips as the coordinators of a workshop's village read them, and what is left to make a lot of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import Household, Producer, Village
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.processing_models import ProcessedIntake, Processing
from shop.inventory.intake.workshops import is_workshop
from shop.inventory.models import Lot
from shop.kit.clock import shanghai_midnight
from shop.kit.errors import NotFound
from shop.storage.paging import PAGE_SIZE, Page, read_page


@dataclass(frozen=True, slots=True)
class Slip:
    id: int
    number: str
    producer_id: int
    workshop_zh: str
    workshop_en: str
    household_id: int
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    raw_good_id: int
    raw_zh: str
    raw_en: str
    grade_id: int
    grade_zh: str
    grade_en: str
    grams: int
    used_g: int
    left_g: int
    taken_back_g: int
    weight: int
    fen_per_jin: int | None
    weighed_at: datetime
    weigher: str | None
    reverses: str | None
    reversed_by: str | None
    reason: str

    @property
    def is_counter(self) -> bool:
        return self.reverses is not None

    @property
    def can_be_taken_back(self) -> bool:
        return self.grams > 0 and self.left_g == self.grams


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """Empty fields filter nothing. `left`: only those of which something is left."""

    producer_id: int | None = None
    raw_good_id: int | None = None
    grade_id: int | None = None
    household_id: int | None = None
    since: date | None = None
    left: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class MadeOf:
    """A processing that used some of an intake."""

    processing_id: int
    lot_code: str
    grams: int
    undone_at: datetime | None


def find_slips(
    session: Session, village_ids: Collection[int], wanted: SlipFilter, *, size: int = PAGE_SIZE
) -> Page[Slip]:
    """The newest first. Two statements."""
    statement = _columns(village_ids).where(*_conditions(wanted)).order_by(Intake.id.desc())
    return read_page(session, statement, number=wanted.page, size=size).map(lambda row: Slip(*row))


def slips_left(
    session: Session, village_ids: Collection[int], wanted: SlipFilter, *, most: int
) -> list[Slip]:
    """What a lot can be made of, the oldest first. One statement."""
    statement = _columns(village_ids).where(*_conditions(wanted), Intake.left_g > 0)
    return [Slip(*row) for row in session.execute(statement.order_by(Intake.id).limit(most))]


def one_slip(session: Session, intake_id: int, village_ids: Collection[int]) -> Slip:
    """Raises NotFound, the same for an absent slip and somebody else's. One statement."""
    row = session.execute(_columns(village_ids).where(Intake.id == intake_id)).one_or_none()
    if row is None:
        raise NotFound()
    return Slip(*row)


def made_of(session: Session, intake_id: int) -> list[MadeOf]:
    """Where an intake went. One statement."""
    statement = (
        sa.select(Processing.id, Lot.code, ProcessedIntake.grams, Processing.undone_at)
        .join(Processing, Processing.id == ProcessedIntake.processing_id)
        .join(Lot, Lot.id == Processing.lot_id)
        .where(ProcessedIntake.intake_id == intake_id)
        .order_by(Processing.id)
    )
    return [MadeOf(*row) for row in session.execute(statement)]


def weighed_on(session: Session, producer_id: int, day: date) -> tuple[int, int]:
    """How many slips of a workshop since that day began stand, and how many grams they say. One statement."""
    count, grams = session.execute(
        sa.select(sa.func.count(Intake.id), sa.func.coalesce(sa.func.sum(Intake.grams), 0)).where(
            Intake.producer_id == producer_id,
            Intake.weighed_at >= shanghai_midnight(day),
            Intake.grams > 0,
            Intake.taken_back_g == 0,
        )
    ).one()
    return int(count), int(grams)


def _conditions(wanted: SlipFilter) -> Sequence[sa.ColumnElement[bool]]:
    asked = (
        (Intake.producer_id, wanted.producer_id),
        (RawGrade.raw_good_id, wanted.raw_good_id),
        (Intake.grade_id, wanted.grade_id),
        (Intake.household_id, wanted.household_id),
    )
    found = [column == value for column, value in asked if value is not None]
    if wanted.since is not None:
        found.append(Intake.weighed_at >= shanghai_midnight(wanted.since))
    if wanted.left:
        found.append(Intake.left_g > 0)
    return found


def _columns(village_ids: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    wrong, counter = aliased(Intake), aliased(Intake)
    return (
        sa.select(
            *(Intake.id, Intake.number, Intake.producer_id, Producer.name_zh, Producer.name_en),
            *(Household.id, Household.alias_zh, Household.alias_en, Village.name_zh, Village.name_en),
            *(RawGood.id, RawGood.name_zh, RawGood.name_en),
            *(RawGrade.id, RawGrade.name_zh, RawGrade.name_en),
            *(Intake.grams, Intake.used_g, Intake.left_g, Intake.taken_back_g),
            *(Intake.weight, Intake.fen_per_jin, Intake.weighed_at),
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            *(wrong.number, counter.number, Intake.reason),
        )
        .join(Producer, Producer.id == Intake.producer_id)
        .join(Household, Household.id == Intake.household_id)
        .join(Village, Village.id == Household.village_id)
        .join(RawGrade, RawGrade.id == Intake.grade_id)
        .join(RawGood, RawGood.id == RawGrade.raw_good_id)
        .outerjoin(User, User.id == Intake.weighed_by_id)
        .outerjoin(wrong, wrong.id == Intake.reverses_id)
        .outerjoin(counter, counter.reverses_id == Intake.id)
        .where(is_workshop(village_ids))
    )
