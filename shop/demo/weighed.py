"""Raw goods of the demo: two workshops that weighed in for some days, and made a lot each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, Producer, Variant, VillageCoordinator
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging import NewPackaging, add_packaging
from shop.inventory.intake.packaging_list import PackagingKeepers
from shop.inventory.intake.packaging_models import PackagingKind
from shop.inventory.intake.processing import Batch, process
from shop.inventory.intake.raw_goods import save_raw_good
from shop.inventory.intake.weighing import Weighing, take_back, weigh_in
from shop.kit.weights import JIN_G
from shop.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Scale:
    """What one workshop weighs in, and what it makes of it: `yield_bp` of its weight."""

    workshop: str
    slug: str
    name_zh: str
    name_en: str
    grades: str
    yield_bp: int
    most_jin: int
    sku: str
    packaging: tuple[PackagingKind, str, str]


SCALES: Final = (
    Scale(
        "mogou-tea-house", "fresh-leaf", "茶鲜叶", "Fresh tea leaf",
        "一级 | Grade 1 | 100 | 30.00\n二级 | Grade 2 | 70 | 20.00\n三级 | Grade 3 | 50 | 12.00",
        2_200, 40, "TEA-YW-125", (PackagingKind.TIN, "125 克茶罐", "Tea tin, 125 g"),
    ),
    Scale(
        "ruhe-hill-workshop", "loose-shiitake", "散香菇", "Loose shiitake",
        "花菇 | Flower caps | 130 | 18.00\n统货 | Ungraded | 100 | 12.00",
        1_200, 120, "SHI-SL-100", (PackagingKind.BAG, "100 克自封袋", "Zip bag, 100 g"),
    ),
)  # fmt: skip
SLIPS: Final = 8
DAYS: Final = 6
MISTYPED: Final = "多看了一位"
PIECES, WARN_AT = 160, 100


def add_intakes(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Weigh in for some days at each workshop of the demo; how many slips. Nothing where raw goods are known already."""
    if unit_of_work.run(lambda session: session.scalar(sa.select(sa.func.count(RawGood.id)))):
        return 0
    return sum(_play(unit_of_work, scale, now) for scale in SCALES)


def _play(unit_of_work: UnitOfWork, scale: Scale, now: datetime) -> int:
    """Slip by slip, each in a transaction of its own, as people write them."""
    stage = unit_of_work.run(partial(_stage, scale=scale, now=now))
    if stage is None:
        return 0
    random = Random(scale.slug)  # noqa: S311  made-up weights are no secret
    written = []
    for place in range(SLIPS):
        at = now - timedelta(days=DAYS - place * DAYS / SLIPS, minutes=random.randint(0, 90))
        grams = random.randint(scale.most_jin * 10, scale.most_jin * 60) * JIN_G // 100
        household_id = stage.household_ids[place % len(stage.household_ids)]
        grade_id = random.choice(stage.grade_ids)
        weighing = Weighing(stage.producer_id, household_id, grade_id, grams)
        written.append(unit_of_work.run(partial(_weigh, weighing=weighing, stage=stage, now=at)))
    unit_of_work.run(partial(_take_back, intake_id=written.pop(), stage=stage, now=now))
    unit_of_work.run(partial(_make, ids=written[: SLIPS // 2], scale=scale, stage=stage, now=now))
    return SLIPS


@dataclass(frozen=True, slots=True)
class _Stage:
    producer_id: int
    village_ids: frozenset[int]
    actor_id: int | None
    household_ids: Sequence[int]
    grade_ids: Sequence[int]
    packaging_id: int


def _stage(session: Session, scale: Scale, now: datetime) -> _Stage | None:
    """The workshop with its raw good, its packaging and who weighs; None where the seed has none of that name."""
    producer = session.scalar(sa.select(Producer).where(Producer.slug == scale.workshop))
    if producer is None or session.scalar(sa.select(Variant.id).where(Variant.sku == scale.sku)) is None:
        return None
    own = frozenset({producer.village_id})
    weigher = sa.select(sa.func.min(VillageCoordinator.user_id)).where(
        VillageCoordinator.village_id == producer.village_id
    )
    actor_id = session.scalar(sa.select(User.id).where(User.id == weigher.scalar_subquery()))
    values = {
        "slug": scale.slug, "name_zh": scale.name_zh, "name_en": scale.name_en, "active": True,
        "usual_yield_bp": scale.yield_bp, "heaviest_g": scale.most_jin * 2 * JIN_G, "grades": scale.grades,
    }  # fmt: skip
    good_id = save_raw_good(session, None, values, actor_id=actor_id, now=now - timedelta(days=DAYS + 1))
    kind, zh, en = scale.packaging
    new = NewPackaging(kind, zh, en, PIECES, WARN_AT, producer_id=producer.id)
    packaging_id = add_packaging(session, new, PackagingKeepers(own), actor_id=actor_id, now=now)
    grades = session.scalars(sa.select(RawGrade.id).where(RawGrade.raw_good_id == good_id))
    people = sa.select(Household.id).where(Household.village_id == producer.village_id, Household.active)
    household_ids = session.scalars(people.order_by(Household.id).limit(SLIPS - 2)).all()
    return _Stage(producer.id, own, actor_id, household_ids, grades.all(), packaging_id)


def _weigh(session: Session, weighing: Weighing, stage: _Stage, now: datetime) -> int:
    return weigh_in(session, weighing, village_ids=stage.village_ids, actor_id=stage.actor_id, now=now).id


def _take_back(session: Session, intake_id: int, stage: _Stage, now: datetime) -> None:
    take_back(
        session,
        intake_id,
        reason=MISTYPED,
        right_g=JIN_G * 3,
        village_ids=stage.village_ids,
        actor_id=stage.actor_id,
        now=now,
    )


def _make(session: Session, ids: Sequence[int], scale: Scale, stage: _Stage, now: datetime) -> None:
    left = sa.select(Intake.id, Intake.left_g).where(Intake.id.in_(ids))
    grams = {row.id: row.left_g for row in session.execute(left)}
    variant_id, net_g = session.execute(
        sa.select(Variant.id, Variant.net_weight_g).where(Variant.sku == scale.sku)
    ).one()
    out_g = sum(grams.values()) * scale.yield_bp // 10_000
    units = max(out_g // net_g, 1)
    used = {stage.packaging_id: min(units, PIECES)}
    batch = Batch(stage.producer_id, grams, variant_id, units, lost_g=out_g // 5, packaging=used)
    process(session, batch, village_ids=stage.village_ids, actor_id=stage.actor_id, now=now)
