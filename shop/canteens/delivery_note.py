"""送货单: what a delivery to a canteen holds, of which lots, from whom, and with which certificates.

Households stand there by alias and with their consent. The note says number, who issued it and until when, and of each lot the
pledge (承诺达标合格证) that its producer signed; beside them stand the documents that the shop holds, except a household's that
does not want to be named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation
from shop.canteens.models import CanteenOrder
from shop.canteens.weighing import canteen_order, weighings_of
from shop.canteens.weight_models import Weighing, WeighingState
from shop.catalogue.models import (
    Household,
    Producer,
    ProducerKind,
    Product,
    Seller,
    Variant,
    Village,
)
from shop.delivery.models import PickupPoint, Run
from shop.inventory.lot_papers import LotPapers, papers_of_lots
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.proof_models import ProofFile
from shop.kit.errors import NotFound
from shop.ordering.approvals.models import OrderProcurement
from shop.ordering.approvals.procurement import procurement_of
from shop.ordering.models import Order, OrderLine

_THERE: Final = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class NoteLot:
    """Units of one line from one lot. `alias`: empty where a household does not want to be named."""

    line_id: int
    units: int
    has_left: bool
    lot_id: int
    code: str
    harvested_on: date | None
    packed_on: date | None
    best_before: date
    net_weight_g: int
    product_id: int
    seller_id: int
    producer_id: int
    certificate_id: int | None
    village_zh: str
    village_en: str
    producer_zh: str
    producer_en: str

    @property
    def is_named(self) -> bool:
        return bool(self.producer_zh or self.producer_en)


@dataclass(frozen=True)
class DeliveryNote:
    """`weights`: grams that two persons accepted, by order line. `unconfirmed`: lines that one person has weighed since.

    What one person wrote stands on no paper that others sign.
    """

    order: Order
    of_canteen: CanteenOrder
    organisation: Organisation
    point: PickupPoint | None
    run: Run | None
    procurement: OrderProcurement | None
    sellers: Sequence[Seller]
    lines: Sequence[tuple[OrderLine, Sequence[NoteLot]]]
    papers: LotPapers
    weights: Mapping[int, int]
    unconfirmed: frozenset[int]

    @property
    def is_whole(self) -> bool:
        """Whether everything of it has left."""
        return all(lot.has_left for _line, lots in self.lines for lot in lots)

    def file(self, file_id: int) -> ProofFile:
        """One of the documents that go with it. Raises NotFound."""
        found = next((one for one in self.papers.files if one.id == file_id), None)
        if found is None:
            raise NotFound()
        return found


def delivery_note(session: Session, organisation_id: int, number: str) -> DeliveryNote:
    """A fixed number of statements. Raises NotFound, also for another organisation's."""
    order, of_canteen = canteen_order(session, organisation_id, number)
    lots = _lots(session, order.id)
    by_line: dict[int, list[NoteLot]] = defaultdict(list)
    for one in lots:
        by_line[one.line_id].append(one)
    lines = session.scalars(
        sa.select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)
    ).all()
    sellers = sa.select(Seller).where(Seller.id.in_({line.seller_id for line in lines})).order_by(Seller.id)
    known = weighings_of(session, order.id)
    settled = next((one for one in known if one.state is WeighingState.SETTLED), None)
    written = next((one for one in known if one.state is WeighingState.WRITTEN), None)
    return DeliveryNote(
        order,
        of_canteen,
        session.get_one(Organisation, organisation_id),
        session.get(PickupPoint, order.pickup_point_id) if order.pickup_point_id else None,
        session.get(Run, order.run_id) if order.run_id else None,
        procurement_of(session, order.id),
        session.scalars(sellers).all(),
        [(line, by_line[line.id]) for line in lines],
        papers_of_lots(session, lots),
        _grams(settled),
        frozenset(_grams(written)),
    )


def _grams(weighing: Weighing | None) -> dict[int, int]:
    """By order line."""
    if weighing is None:
        return {}
    return {one.order_line_id: one.received_g for one in weighing.lines if one.received_g is not None}


def _lots(session: Session, order_id: int) -> list[NoteLot]:
    named = sa.or_(Producer.kind != ProducerKind.HOUSEHOLD, Household.consented_at.is_not(None))
    columns: tuple[Any, ...] = (
        *(Allocation.order_line_id, Allocation.units, Allocation.status == AllocationStatus.SHIPPED),
        *(Lot.id, Lot.code, Lot.harvested_on, Lot.packed_on, Lot.best_before, Variant.net_weight_g),
        *(Variant.product_id, Product.seller_id, Lot.producer_id, Lot.certificate_id),
        *(Village.name_zh, Village.name_en),
        *(sa.case((named, Producer.name_zh), else_=""), sa.case((named, Producer.name_en), else_="")),
    )
    rows = session.execute(
        sa.select(*columns)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Household, Household.id == Producer.household_id)
        .where(OrderLine.order_id == order_id, Allocation.status.in_(_THERE))
        .order_by(Allocation.order_line_id, Lot.id)
    )
    return [NoteLot(*row) for row in rows]
