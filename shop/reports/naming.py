"""How rows are called, many at once: for lists that hold only their numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, Unit
from shop.catalogue.models import (
    Category,
    Certificate,
    ComplianceClass,
    Household,
    PackingPlace,
    Producer,
    Product,
    Seller,
    Variant,
    Village,
)
from shop.delivery.models import FreightZone, PickupPoint
from shop.inventory.intake.models import RawGood, RawGrade
from shop.inventory.intake.packaging_models import PackagingStock
from shop.payments.models import Payment, Refund
from shop.payments.statements.models import BankStatement


@dataclass(frozen=True)
class Named:
    name_zh: str
    name_en: str


_COLUMNS: Final[Mapping[str, tuple[Any, Any, Any]]] = {
    "bank_statement": (BankStatement.id, BankStatement.file_name, BankStatement.file_name),
    "category": (Category.id, Category.name_zh, Category.name_en),
    "certificate": (Certificate.id, Certificate.number, Certificate.number),
    "compliance_class": (ComplianceClass.id, ComplianceClass.name_zh, ComplianceClass.name_en),
    "freight_zone": (FreightZone.id, FreightZone.name_zh, FreightZone.name_en),
    "grade": (RawGrade.id, RawGrade.name_zh, RawGrade.name_en),
    "household": (Household.id, Household.alias_zh, Household.alias_en),
    "organisation": (Organisation.id, Organisation.name, Organisation.name),
    "packaging": (PackagingStock.id, PackagingStock.name_zh, PackagingStock.name_en),
    "packing_place": (PackingPlace.id, PackingPlace.name_zh, PackingPlace.name_en),
    "payment": (Payment.id, Payment.reference, Payment.reference),
    "pickup_point": (PickupPoint.id, PickupPoint.name_zh, PickupPoint.name_en),
    "producer": (Producer.id, Producer.name_zh, Producer.name_en),
    "product": (Product.id, Product.name_zh, Product.name_en),
    "raw_good": (RawGood.id, RawGood.name_zh, RawGood.name_en),
    "refund": (Refund.id, Refund.reference, Refund.reference),
    "seller": (Seller.id, Seller.name_zh, Seller.name_en),
    "unit": (Unit.id, Unit.name_zh, Unit.name_en),
    "variant": (Variant.id, Variant.sku, Variant.sku),
    "village": (Village.id, Village.name_zh, Village.name_en),
}
NAMED_KINDS: Final = frozenset(_COLUMNS)


def names_of(session: Session, wanted: Mapping[str, Collection[int]]) -> dict[tuple[str, int], Named]:
    """Names by kind and number, in one statement; what is gone has none. `wanted` has kinds of NAMED_KINDS."""
    parts = [
        sa.select(sa.literal(kind), *_COLUMNS[kind]).where(_COLUMNS[kind][0].in_(sorted(ids)))
        for kind, ids in sorted(wanted.items())
        if ids
    ]
    if not parts:
        return {}
    return {(kind, row_id): Named(zh, en) for kind, row_id, zh, en in session.execute(sa.union_all(*parts))}
