"""Where raw goods are weighed in and from whom: workshops and households of own villages, and grades with their price."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, ProducerKind, Village
from shop.inventory.intake.models import GradePrice, RawGood, RawGrade
from shop.kit.errors import NotFound


@dataclass(frozen=True, slots=True)
class Workshop:
    id: int
    name_zh: str
    name_en: str
    village_zh: str
    village_en: str


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade that can be weighed in. ``fen_per_jin`` is today's guide price, None where nobody set one."""

    id: int
    raw_good_id: int
    raw_zh: str
    raw_en: str
    name_zh: str
    name_en: str
    weight: int
    heaviest_g: int
    fen_per_jin: int | None


@dataclass(frozen=True, slots=True)
class Bringer:
    """A household that can bring something; its number is what people type in a queue."""

    id: int
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str


def workshops(session: Session, village_ids: Collection[int]) -> list[Workshop]:
    """Those at work in these villages. One statement."""
    columns = (Producer.id, Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en)
    statement = (
        sa.select(*columns)
        .join(Village, Village.id == Producer.village_id)
        .where(is_workshop(village_ids), Producer.active.is_(True))
        .order_by(Village.id, Producer.name_zh, Producer.id)
    )
    return [Workshop(*row) for row in session.execute(statement)]


def is_workshop(village_ids: Collection[int]) -> sa.ColumnElement[bool]:
    return sa.and_(Producer.kind == ProducerKind.WORKSHOP, Producer.village_id.in_(village_ids))


def own_workshop(session: Session, producer_id: int, village_ids: Collection[int]) -> Producer:
    """One at work in these villages. Raises NotFound."""
    found = session.scalar(
        sa.select(Producer).where(
            Producer.id == producer_id, is_workshop(village_ids), Producer.active.is_(True)
        )
    )
    if found is None:
        raise NotFound()
    return found


def grades(session: Session, *, today: date) -> list[Grade]:
    """Every grade that is weighed in now, by raw good. One statement."""
    columns: tuple[Any, ...] = (RawGrade.id, RawGood.id, RawGood.name_zh, RawGood.name_en)
    columns += (RawGrade.name_zh, RawGrade.name_en, RawGrade.weight, RawGood.heaviest_g)
    statement: sa.Select[*tuple[Any, ...]] = (
        sa.select(*columns, price_on(today))
        .join(RawGood, RawGood.id == RawGrade.raw_good_id)
        .where(RawGood.active.is_(True), RawGrade.active.is_(True))
        .order_by(RawGood.id, RawGrade.position)
    )
    return [Grade(*row) for row in session.execute(statement)]


def price_on(day: date) -> sa.ScalarSelect[int]:
    """SQL: the guide price of a grade on a day, in fen a 斤; of two for one day the later word."""
    newest = (
        sa.select(GradePrice.fen_per_jin)
        .where(GradePrice.grade_id == RawGrade.id, GradePrice.valid_from <= day)
        .order_by(GradePrice.valid_from.desc(), GradePrice.id.desc())
        .limit(1)
    )
    return newest.correlate(RawGrade).scalar_subquery()


def bringers(session: Session, village_ids: Collection[int]) -> list[Bringer]:
    """Households of these villages, by village and alias. One statement."""
    columns = (Household.id, Household.alias_zh, Household.alias_en, Village.name_zh, Village.name_en)
    statement = (
        sa.select(*columns)
        .join(Village, Village.id == Household.village_id)
        .where(Household.village_id.in_(village_ids), Household.active.is_(True))
        .order_by(Village.id, Household.alias_zh, Household.id)
    )
    return [Bringer(*row) for row in session.execute(statement)]


def matching_bringers(known: Sequence[Bringer], typed: str) -> list[Bringer]:
    """Whom a typed number or name means: its number, else its whole name, else every name with these characters."""
    wanted = typed.strip().casefold()
    number = wanted.split(maxsplit=1)[0].lstrip("#") if wanted else ""
    if number.isascii() and number.isdigit():
        return [one for one in known if str(one.id) == number.lstrip("0")]
    names = [(one, {one.alias_zh.casefold(), one.alias_en.casefold()}) for one in known]
    whole = [one for one, own in names if wanted in own]
    return whole or [one for one, own in names if wanted and any(wanted in name for name in own)]
