"""What the page behind a trace code shows: one lot, where it is from, and who stands for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import (
    Certificate,
    Household,
    Producer,
    ProducerKind,
    Product,
    ProductStatus,
    Seller,
    Variant,
    Village,
)
from shop.inventory.models import Lot, LotChange, LotShare
from shop.inventory.pledge_state import pledge_of_lot
from shop.inventory.recall_state import active_recall
from shop.inventory.trace_codes import UnknownTraceCode
from shop.inventory.trace_models import LotOrigin, LotPledge, LotRecall, RecallState


@dataclass(frozen=True, slots=True)
class VillageName:
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Grower:
    """A household that agreed to be named, and where it lives: a workshop takes goods from several villages."""

    alias_zh: str
    alias_en: str
    village: VillageName


@dataclass(frozen=True, slots=True)
class OriginLot:
    """A lot of which `units` were packed anew into the one that is traced."""

    id: int
    code: str
    units: int
    village: VillageName
    harvested_on: date | None
    recall_zh: str = ""  # why it is called back, while it is
    recall_en: str = ""


@dataclass(frozen=True)
class TracedLot:
    """`village` is the producer's; `growers` agreed to be named, `grower_count` counts all whose goods are in it.

    `grown_in` are the villages of all of them, that with the largest share first. `sold_again` units came back from
    their buyers and are for sale again, or were sold again.
    """

    lot: Lot
    variant: Variant
    product: Product
    producer: Producer
    village: Village
    seller: Seller
    certificate: Certificate | None
    growers: tuple[Grower, ...]
    grower_count: int
    grown_in: tuple[VillageName, ...]
    sold_again: int
    pledge: LotPledge | None = None
    recall: LotRecall | None = None
    origins: tuple[OriginLot, ...] = ()

    def was_never_printed(self, sequence: int) -> bool:
        """No label of the shop has this number: the code is ours, the bag need not be."""
        return sequence > self.lot.bags_printed

    @property
    def bags(self) -> int:
        """Of how many one bag is: a number that was handed out stays one of them when the lot is corrected."""
        return max(self.lot.declared, self.lot.bags_printed)

    @property
    def is_to_come(self) -> bool:
        """Nothing of it is harvested yet: what is on file is a promise."""
        return self.lot.expected_on is not None

    @property
    def is_of_workshop(self) -> bool:
        return self.producer.kind is ProducerKind.WORKSHOP

    @property
    def is_on_sale(self) -> bool:
        return self.product.status is ProductStatus.PUBLISHED and self.variant.active and self.recall is None


def read_traced_lot(session: Session, lot_id: int) -> TracedLot:
    """Five queries. Raises UnknownTraceCode."""
    back = sa.select(sa.func.coalesce(sa.func.sum(LotChange.returned_change), 0)).where(
        LotChange.lot_id == Lot.id
    )
    row = session.execute(
        sa.select(
            *(Lot, Variant, Product, Producer, Village, Seller, Certificate),
            sa.cast(back.correlate(Lot).scalar_subquery(), sa.Integer),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Certificate, Certificate.id == Lot.certificate_id)
        .where(Lot.id == lot_id)
    ).first()
    if row is None:
        raise UnknownTraceCode()
    households = session.execute(
        sa.select(
            *(Household.alias_zh, Household.alias_en, Household.consented_at),
            *(Village.name_zh, Village.name_en),
        )
        .join(LotShare, LotShare.household_id == Household.id)
        .join(Village, Village.id == Household.village_id)
        .where(LotShare.lot_id == lot_id)
        .order_by(LotShare.share_bp.desc(), Household.id)
    ).all()
    villages = [VillageName(one.name_zh, one.name_en) for one in households]
    growers = tuple(
        Grower(one.alias_zh, one.alias_en, village)
        for one, village in zip(households, villages, strict=True)
        if one.consented_at is not None
    )
    return TracedLot(
        *row[:7],
        growers=growers,
        grower_count=len(households),
        grown_in=tuple(dict.fromkeys(villages)),
        sold_again=row[7],
        pledge=pledge_of_lot(session, lot_id),
        recall=active_recall(session, lot_id),
        origins=_origins(session, lot_id),
    )


def _origins(session: Session, lot_id: int) -> tuple[OriginLot, ...]:
    rows = session.execute(
        sa.select(
            *(Lot.id, Lot.code, LotOrigin.units, Village.name_zh, Village.name_en, Lot.harvested_on),
            *(LotRecall.reason_zh, LotRecall.reason_en),
        )
        .join(LotOrigin, LotOrigin.origin_id == Lot.id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(LotRecall, sa.and_(LotRecall.lot_id == Lot.id, LotRecall.state == RecallState.ACTIVE))
        .where(LotOrigin.lot_id == lot_id)
        .order_by(Lot.id)
    )
    return tuple(
        OriginLot(
            *(one.id, one.code, one.units, VillageName(one.name_zh, one.name_en), one.harvested_on),
            *(one.reason_zh or "", one.reason_en or ""),
        )
        for one in rows
    )
