"""What workshops made, as the coordinators of their villages read it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, Producer, Product, Variant
from shop.inventory.intake.models import Intake, RawGood, RawGrade
from shop.inventory.intake.packaging_models import PackagingChange, PackagingDeed, PackagingStock
from shop.inventory.intake.pooling import is_far_off, yield_bp
from shop.inventory.intake.processing_models import ProcessedIntake, Processing
from shop.inventory.intake.workshops import is_workshop
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.kit.errors import NotFound
from shop.storage.paging import PAGE_SIZE, Page, read_page


@dataclass(frozen=True, slots=True)
class MadeLot:
    """A processing and the lot that came of it."""

    id: int
    lot_id: int
    code: str
    workshop_zh: str
    workshop_en: str
    raw_good_id: int
    raw_zh: str
    raw_en: str
    name_zh: str
    name_en: str
    pack_zh: str
    pack_en: str
    units: int
    in_g: int
    out_g: int
    lost_g: int
    made_at: datetime
    maker: str | None
    undone_at: datetime | None
    undone_reason: str
    status: LotStatus
    declared: int
    available: int

    @property
    def yield_bp(self) -> int:
        return yield_bp(self.out_g, self.in_g)

    @property
    def dried_g(self) -> int:
        """What neither came out nor was weighed as waste: water."""
        return self.in_g - self.out_g - self.lost_g

    @property
    def can_be_undone(self) -> bool:
        is_untouched = self.status is LotStatus.OPEN and self.available == self.declared
        return self.undone_at is None and is_untouched

    def is_far_off(self, usual_bp: int) -> bool:
        return is_far_off(self.yield_bp, usual_bp)


@dataclass(frozen=True, slots=True)
class UsedIntake:
    intake_id: int
    number: str
    alias_zh: str
    alias_en: str
    grade_zh: str
    grade_en: str
    grams: int
    weight: int


@dataclass(frozen=True, slots=True)
class HouseholdShare:
    alias_zh: str
    alias_en: str
    share_bp: int


@dataclass(frozen=True, slots=True)
class UsedPackaging:
    name_zh: str
    name_en: str
    units: int


def find_processings(
    session: Session, village_ids: Collection[int], *, page: int = 1, size: int = PAGE_SIZE
) -> Page[MadeLot]:
    """The newest first. Two statements."""
    statement = _columns(village_ids).order_by(Processing.id.desc())
    return read_page(session, statement, number=page, size=size).map(lambda row: MadeLot(*row))


def one_processing(session: Session, processing_id: int, village_ids: Collection[int]) -> MadeLot:
    """Raises NotFound. One statement."""
    row = session.execute(_columns(village_ids).where(Processing.id == processing_id)).one_or_none()
    if row is None:
        raise NotFound()
    return MadeLot(*row)


def used_intakes(session: Session, processing_id: int) -> list[UsedIntake]:
    """One statement."""
    statement = (
        sa.select(
            *(Intake.id, Intake.number, Household.alias_zh, Household.alias_en),
            *(RawGrade.name_zh, RawGrade.name_en, ProcessedIntake.grams, Intake.weight),
        )
        .join(Intake, Intake.id == ProcessedIntake.intake_id)
        .join(Household, Household.id == Intake.household_id)
        .join(RawGrade, RawGrade.id == Intake.grade_id)
        .where(ProcessedIntake.processing_id == processing_id)
        .order_by(Intake.id)
    )
    return [UsedIntake(*row) for row in session.execute(statement)]


def shares_of_processing(session: Session, lot_id: int) -> list[HouseholdShare]:
    """The largest first. One statement."""
    statement = (
        sa.select(Household.alias_zh, Household.alias_en, LotShare.share_bp)
        .join(Household, Household.id == LotShare.household_id)
        .where(LotShare.lot_id == lot_id)
        .order_by(LotShare.share_bp.desc(), Household.id)
    )
    return [HouseholdShare(*row) for row in session.execute(statement)]


def used_packaging(session: Session, processing_id: int) -> list[UsedPackaging]:
    """One statement."""
    used = (PackagingChange.processing_id == processing_id, PackagingChange.deed == PackagingDeed.USED)
    statement = (
        sa.select(PackagingStock.name_zh, PackagingStock.name_en, -PackagingChange.change)
        .join(PackagingStock, PackagingStock.id == PackagingChange.stock_id)
        .where(*used)
        .order_by(PackagingStock.id)
    )
    return [UsedPackaging(*row) for row in session.execute(statement)]


def _columns(village_ids: Collection[int]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Processing.id, Lot.id, Lot.code, Producer.name_zh, Producer.name_en),
            *(RawGood.id, RawGood.name_zh, RawGood.name_en),
            *(Product.name_zh, Product.name_en, Variant.name_zh, Variant.name_en),
            *(Processing.units, Processing.in_g, Processing.out_g, Processing.lost_g, Processing.made_at),
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            *(Processing.undone_at, Processing.undone_reason, Lot.status, Lot.declared, Lot.available),
        )
        .join(Lot, Lot.id == Processing.lot_id)
        .join(Producer, Producer.id == Processing.producer_id)
        .join(RawGood, RawGood.id == Processing.raw_good_id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == Processing.made_by_id)
        .where(is_workshop(village_ids))
    )
