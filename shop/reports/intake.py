"""Raw goods: who brought how much, and what workshops made of it. Weights only: what anybody earned stands elsewhere."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import Household, Producer, Product, Variant, Village
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.processing_models import Processing
from shop.inventory.models import WHOLE_BP, Lot
from shop.kit.text import msg
from shop.reports.definition import Column, Group, Report, Span, Unit, key_column, localised


def _grams(expression: Any) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.sum(expression), sa.BigInteger)


def _intake(span: Span, language: str) -> sa.Select[Any]:
    """A slip that was taken back, and what took it back, are left out."""
    start, end = span.moments
    workshop = localised(language, Producer.name_zh, Producer.name_en)
    raw_good = localised(language, RawGood.name_zh, RawGood.name_en)
    grade = localised(language, RawGrade.name_zh, RawGrade.name_en)
    village = localised(language, Village.name_zh, Village.name_en)
    household = localised(language, Household.alias_zh, Household.alias_en)
    keys = (Producer.id, RawGood.id, RawGrade.position, RawGrade.id, Household.id)
    return (
        sa.select(
            *(workshop, raw_good, grade, village, household, sa.func.count(Intake.id)),
            *(_grams(Intake.grams), _grams(Intake.used_g), _grams(Intake.left_g)),
            *(Producer.id, RawGood.id, Household.id, Producer.village_id),
        )
        .select_from(Intake)
        .join(Producer, Producer.id == Intake.producer_id)
        .join(RawGrade, RawGrade.id == Intake.grade_id)
        .join(RawGood, RawGood.id == RawGrade.raw_good_id)
        .join(Household, Household.id == Intake.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(
            Intake.weighed_at >= start,
            Intake.weighed_at < end,
            Intake.grams > 0,
            Intake.taken_back_g == 0,
        )
        .group_by(*keys, workshop, raw_good, grade, village, household, Producer.village_id)
        .order_by(*keys)
    )


INTAKE = Report(
    "intake",
    msg("Intake of raw goods"),
    (
        Column("workshop", msg("Workshop")),
        Column("raw_good", msg("Raw good")),
        Column("grade", msg("Grade")),
        Column("village", msg("Village")),
        Column("household", msg("Household")),
        Column("slips", msg("Slips"), Unit.COUNT, total=True),
        Column("weighed_g", msg("Weighed in"), Unit.GRAMS, total=True),
        Column("used_g", msg("Used"), Unit.GRAMS, total=True),
        Column("left_g", msg("Still left"), Unit.GRAMS, total=True),
        key_column("producer_id"),
        key_column("raw_good_id"),
        key_column("household_id"),
        key_column("of_village_id"),
    ),
    _intake,
    Group.WORK,
    note=msg(
        "By the day on which it was weighed; slips that were taken back are left out. Used and left are as of now."
    ),
    narrows=(("producer_id", "workshop"), ("raw_good_id", "raw_good"), ("household_id", "household")),
)


def _yields(span: Span, language: str) -> sa.Select[Any]:
    start, end = span.moments
    workshop = localised(language, Producer.name_zh, Producer.name_en)
    raw_good = localised(language, RawGood.name_zh, RawGood.name_en)
    product = localised(language, Product.name_zh, Product.name_en)
    pack = localised(language, Variant.name_zh, Variant.name_en)
    keys = (Producer.id, RawGood.id, Product.id, Variant.id)
    went_in, came_out = _grams(Processing.in_g), _grams(Processing.out_g)
    return (
        sa.select(
            *(workshop, raw_good, product, pack, sa.func.count(Processing.id)),
            *(_grams(Processing.units), went_in, came_out, _grams(Processing.lost_g)),
            came_out * WHOLE_BP // went_in,
            *(Producer.id, RawGood.id, Producer.village_id),
        )
        .select_from(Processing)
        .join(Producer, Producer.id == Processing.producer_id)
        .join(RawGood, RawGood.id == Processing.raw_good_id)
        .join(Lot, Lot.id == Processing.lot_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Processing.made_at >= start, Processing.made_at < end, Processing.undone_at.is_(None))
        .group_by(*keys, workshop, raw_good, product, pack, Producer.village_id)
        .order_by(*keys)
    )


YIELD = Report(
    "yield",
    msg("Yield of workshops"),
    (
        Column("workshop", msg("Workshop")),
        Column("raw_good", msg("Raw good")),
        Column("product", msg("Product")),
        Column("variant", msg("Pack")),
        Column("lots", msg("Lots"), Unit.COUNT, total=True),
        Column("units", msg("Units"), Unit.COUNT, total=True),
        Column("in_g", msg("Went in"), Unit.GRAMS, total=True),
        Column("out_g", msg("Came out"), Unit.GRAMS, total=True),
        Column("lost_g", msg("Waste"), Unit.GRAMS, total=True),
        Column("yield", msg("Yield"), Unit.SHARE),
        key_column("producer_id"),
        key_column("raw_good_id"),
        key_column("of_village_id"),
    ),
    _yields,
    Group.WORK,
    note=msg(
        "By the day on which a lot was made; what was undone is left out. What neither came out nor is waste dried away."
    ),
    narrows=(("producer_id", "workshop"), ("raw_good_id", "raw_good")),
)
