"""What a pack is taxed at when one seller sells it. Orders keep what they were placed with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Sheet, get_row, save_row
from shop.accounts.editing.rules import NOT_A_CHOICE, Values, flag, link, tax_rate
from shop.catalogue.models import Product, Seller, Variant, VariantTax
from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.storage.paging import Page, read_page

SHEET = Sheet(
    "variant_tax",
    {
        "variant_id": link(),
        "seller_id": link(),
        "tax_rate_bp": tax_rate(),
        "tax_exempt": flag(),
    },
    unique=(),
    links={"variant_id": Variant, "seller_id": Seller},
)


def get_variant_tax(session: Session, record_id: int) -> VariantTax:
    """Raises NotFound."""
    return get_row(session, VariantTax, record_id)


def save_variant_tax(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """`sku` names the pack of something new. Raises InvalidInput for a second rate of the same pair."""
    given = dict(values)
    if record_id is None:
        given["variant_id"] = _variant_id(session, str(given.pop("sku", "")))
        _refuse_second(session, given)
    if given.get("tax_exempt") and given.get("tax_rate_bp"):
        raise InvalidInput(msg("What is exempt has no rate: please enter 0."), field="tax_rate_bp")
    saved = save_row(session, VariantTax, SHEET, record_id, given, actor_id=actor_id, now=now)
    row_id: int = saved.row.id
    return row_id


def find_variant_taxes(session: Session, *, seller_id: int | None = None, page: int = 1) -> Page[Any]:
    """Rows of (id, seller_zh, seller_en, sku, name_zh, name_en, usual_bp, tax_rate_bp, tax_exempt)."""
    return read_page(
        session,
        sa.select(
            VariantTax.id,
            *(Seller.name_zh.label("seller_zh"), Seller.name_en.label("seller_en"), Variant.sku),
            *(Product.name_zh, Product.name_en, Variant.tax_rate_bp.label("usual_bp")),
            *(VariantTax.tax_rate_bp, VariantTax.tax_exempt),
        )
        .join(Seller, Seller.id == VariantTax.seller_id)
        .join(Variant, Variant.id == VariantTax.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(sa.true() if seller_id is None else VariantTax.seller_id == seller_id)
        .order_by(Seller.id, Variant.sku),
        number=page,
    )


def _variant_id(session: Session, sku: str) -> int:
    found = session.scalar(sa.select(Variant.id).where(Variant.sku == tidy(sku).upper()[:40]))
    if found is None:
        raise InvalidInput(msg("There is no pack with this SKU."), field="sku")
    return found


def _refuse_second(session: Session, given: Values) -> None:
    if given.get("seller_id") is None:
        raise InvalidInput(NOT_A_CHOICE, field="seller_id")
    same = sa.select(VariantTax.id).where(
        VariantTax.variant_id == given["variant_id"], VariantTax.seller_id == given["seller_id"]
    )
    if session.scalar(same) is not None:
        raise InvalidInput(msg("This pack has a rate with this seller already."), field="sku")
