"""Compliance classes, categories, products, their variants and what gift boxes contain."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from shop.catalogue.models import (
    BundleItem,
    Category,
    ComplianceClass,
    ComplianceRequirement,
    Product,
    Seller,
    Variant,
    VariantTax,
    Village,
)
from shop.seeding.keyed import Keyed, ids_by
from shop.seeding.read import Record, Seed

_COPIED: Final = (
    *("slug", "family", "name_zh", "name_en", "recommended", "summary_zh", "summary_en"),
    *("description_zh", "description_en", "storage_zh", "storage_en"),
    *("shelf_life_days", "ready_hours", "return_exempt"),
)
# What stands with a pack in the file, and in tables of its own in the shop.
_OF_OTHERS: Final = frozenset({"contains", "taxes"})


def write_products(session: Session, seed: Seed) -> None:
    """As drafts, when they are new: publishing follows once certificates and lots are there."""
    _write_classes(session, seed)
    categories = Keyed(session, Category, "slug")
    for position, record in enumerate(seed.records("categories")):
        categories.put(**record, position=position)
    session.flush()
    products = Keyed(session, Product, "slug")
    links = {
        "seller": ids_by(session, Seller, "slug"),
        "category": ids_by(session, Category, "slug"),
        "village": ids_by(session, Village, "slug"),
        "compliance_class": ids_by(session, ComplianceClass, "slug"),
    }
    for record in seed.records("products"):
        products.put(**_product_values(record, links))
    session.flush()
    _write_variants(session, seed, products)


def _write_classes(session: Session, seed: Seed) -> None:
    classes = Keyed(session, ComplianceClass, "slug")
    for record in seed.records("compliance_classes"):
        classes.put(**{key: value for key, value in record.items() if key != "requires"})
    session.flush()
    requirements = Keyed(session, ComplianceRequirement, "compliance_class_id", "certificate_kind")
    for record in seed.records("compliance_classes"):
        for demanded in record["requires"]:
            requirements.put(
                compliance_class_id=classes[record["slug"]].id,
                certificate_kind=demanded["kind"],
                name_zh=demanded["name_zh"],
                name_en=demanded["name_en"],
            )
    session.flush()


def _product_values(record: Record, links: dict[str, dict[str, int]]) -> dict[str, Any]:
    values = {key: record[key] for key in _COPIED}
    for name, ids in links.items():
        values[f"{name}_id"] = ids[record[name]] if record[name] is not None else None
    values["season_mask"] = sum(1 << (month - 1) for month in record["season_months"])
    values["own_ready_hours"] = record["ready_hours"]
    values["synonyms"] = "\n".join(record["synonyms"])
    return values


def _write_variants(session: Session, seed: Seed, products: Keyed[Product]) -> None:
    variants = Keyed(session, Variant, "sku")
    for product in seed.records("products"):
        for position, record in enumerate(product["variants"]):
            values = {key: value for key, value in record.items() if key not in _OF_OTHERS}
            known = variants.find(record["sku"])
            if known is not None and known.former_fen is not None:  # a price for a time runs, and goes on
                known.former_fen = max(values.pop("price_fen"), known.price_fen + 1)
            variants.put(**values, product_id=products[product["slug"]].id, position=position)
    session.flush()
    _write_contents(session, seed, variants)
    _write_taxes(session, seed, variants)


def _write_contents(session: Session, seed: Seed, variants: Keyed[Variant]) -> None:
    contents = Keyed(session, BundleItem, "bundle_id", "component_id")
    for product in seed.records("products"):
        for record in product["variants"]:
            for content in record.get("contains", ()):
                contents.put(
                    bundle_id=variants[record["sku"]].id,
                    component_id=variants[content["sku"]].id,
                    units=content["units"],
                )
    session.flush()


def _write_taxes(session: Session, seed: Seed, variants: Keyed[Variant]) -> None:
    """Where a seller's rate is not the pack's own."""
    taxes, sellers = Keyed(session, VariantTax, "variant_id", "seller_id"), ids_by(session, Seller, "slug")
    for product in seed.records("products"):
        for record in product["variants"]:
            for tax in record.get("taxes", ()):
                taxes.put(
                    variant_id=variants[record["sku"]].id,
                    seller_id=sellers[tax["seller"]],
                    tax_rate_bp=tax["tax_rate_bp"],
                    tax_exempt=tax["tax_exempt"],
                )
    session.flush()
