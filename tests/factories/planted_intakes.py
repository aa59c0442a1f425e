"""Intakes for the authorisation matrix: what each side's coordinator answers for, and nobody else."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, Variant
from shop.inventory.intake.models import RawGood, RawGrade
from shop.inventory.intake.packaging import NewPackaging, add_packaging
from shop.inventory.intake.packaging_list import PackagingKeepers
from shop.inventory.intake.packaging_models import PackagingKind
from shop.inventory.intake.processing import Batch, process
from shop.inventory.intake.weighing import Weighing, weigh_in

WORKSHOPS = {"a": ("mogou-tea-house", "TEA-YW-125"), "b": ("ruhe-hill-workshop", "SHI-SL-100")}


def raw_good(session: Session) -> dict[str, int]:
    good = RawGood(
        slug="safe-leaf", name_zh="鲜叶", name_en="Leaf", usual_yield_bp=2500, heaviest_g=50_000,
        grades=[RawGrade(position=1, name_zh="一级", name_en="Grade 1", weight=100)],
    )  # fmt: skip
    session.add(good)
    session.flush()
    return {"raw_good": good.id, "raw_grade": good.grades[0].id}


def weigh(session: Session, side: str, grade_id: int, now: datetime) -> dict[str, int]:
    """A slip that nobody has used, a workshop and a household: one transaction a step, as in the shop."""
    slug, _sku = WORKSHOPS[side]
    producer = session.scalars(sa.select(Producer).where(Producer.slug == slug)).one()
    village_id = producer.village_id
    household_id = session.scalar(
        sa.select(sa.func.min(Household.id)).where(Household.village_id == village_id)
    )
    weighing = Weighing(producer.id, household_id, grade_id, 40_000)
    who = {"village_ids": frozenset({village_id}), "actor_id": None, "now": now}
    intake = weigh_in(session, weighing, **who)
    return {
        "producer": producer.id, "household": household_id, "village": village_id, "grade": grade_id, "intake": intake.id,
    }  # fmt: skip


def pack(session: Session, kept: dict[str, int], now: datetime) -> dict[str, int]:
    new = NewPackaging(PackagingKind.TIN, "小圆罐", "Tin", 100, 10, producer_id=kept["producer"])
    keepers = PackagingKeepers(frozenset({kept["village"]}))
    return {"stock": add_packaging(session, new, keepers, actor_id=None, now=now)}


def make(session: Session, side: str, kept: dict[str, int], now: datetime) -> dict[str, int]:
    sku = WORKSHOPS[side][1]
    variant_id, net_g = session.execute(
        sa.select(Variant.id, Variant.net_weight_g).where(Variant.sku == sku)
    ).one()
    grams = {kept["intake"]: net_g * 10}
    batch = Batch(kept["producer"], grams, variant_id, 2, sure_bp=2_000)
    made = process(session, batch, village_ids=frozenset({kept["village"]}), actor_id=None, now=now)
    return {"used": kept["intake"], "processing": made.id, "variant": variant_id}
