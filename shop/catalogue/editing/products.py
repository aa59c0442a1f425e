"""Products: what they are called, what the law calls them, where they are from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.editing.rows import Saved, Sheet, get_row, save_row
from shop.accounts.editing.rules import Values, flag, line, lines, link, number, slug
from shop.catalogue.claims import refuse_claims
from shop.catalogue.models import Category, ComplianceClass, Product, ProductStatus, Seller, Village
from shop.catalogue.refreshing import refresh_products
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

EVERY_MONTH = 4095
WITHDRAW_FIRST = msg("Withdraw the product before you change this: other certificates may be needed.")

PRODUCT = Sheet(
    "product",
    {
        "slug": slug(),
        "seller_id": link(),
        "category_id": link(),
        "village_id": link(needed=False),
        "compliance_class_id": link(),
        "family": line(32, needed=True),
        "name_zh": line(80, needed=True),
        "name_en": line(120, needed=True),
        "summary_zh": line(200, needed=True),
        "summary_en": line(300),
        "description_zh": lines(20_000),
        "description_en": lines(20_000),
        "storage_zh": line(200),
        "storage_en": line(300),
        "synonyms": lines(2_000),
        "shelf_life_days": number(1, 3_650),
        "season_mask": number(0, EVERY_MONTH),
        "own_ready_hours": number(1, 720, needed=False),
        "return_exempt": flag(),
        "recommended": number(0, 999_999),
    },
    links={
        "seller_id": Seller,
        "category_id": Category,
        "village_id": Village,
        "compliance_class_id": ComplianceClass,
    },
)
PRODUCT_DEFAULTS: dict[str, object] = {"season_mask": EVERY_MONTH, "own_ready_hours": None, "recommended": 0}


def get_product(session: Session, record_id: int) -> Product:
    """Raises NotFound."""
    return get_row(session, Product, record_id)


def save_product(
    session: Session, record_id: int | None, values: Values, *, actor_id: int | None, now: datetime
) -> int:
    """Create a draft, or change a product. What is on sale may not come to claim an effect, nor change its class."""
    refuse_claims(values, "synonyms")
    refuse_product(session, record_id, values)
    given = {**(PRODUCT_DEFAULTS if record_id is None else {}), **values}
    saved = save_row(session, Product, PRODUCT, record_id, given, actor_id=actor_id, now=now)
    _after(session, saved, now)
    product_id: int = saved.row.id
    return product_id


def reindex_products_of(session: Session, chosen: sa.ColumnElement[bool]) -> None:
    """The name of a category or a village changed: the worker makes its products' words anew."""
    session.execute(
        sa.update(Product)
        .where(chosen)
        .values(version=Product.version + 1)
        .execution_options(synchronize_session=False)
    )


def set_ready_hours(session: Session, chosen: sa.ColumnElement[bool]) -> None:
    """How long a producer has is what the product says, else what its category says."""
    of_category = sa.select(Category.ready_hours).where(Category.id == Product.category_id).scalar_subquery()
    session.execute(
        sa.update(Product)
        .where(chosen)
        .values(ready_hours=sa.func.coalesce(Product.own_ready_hours, of_category))
        .execution_options(synchronize_session=False)
    )


def touch_products(session: Session, product_ids: Collection[int]) -> None:
    """Something that belongs to these products changed: their words, their prices, their places in lists."""
    reindex_products_of(session, Product.id.in_(product_ids))
    refresh_products(session, product_ids)


def _after(session: Session, saved: Saved, now: datetime) -> None:
    if saved.changes:
        saved.row.changed_at = now
        session.flush()
        set_ready_hours(session, Product.id == saved.row.id)
        touch_products(session, [saved.row.id])
        session.refresh(saved.row)


def refuse_product(session: Session, record_id: int | None, values: Values) -> None:
    """What a published product was certified for stays until it is withdrawn. Raises InvalidInput, or NotFound."""
    if record_id is None:
        return
    product = get_product(session, record_id)
    if product.status is not ProductStatus.PUBLISHED:
        return
    fixed = ("compliance_class_id", "seller_id")
    changed = [name for name in fixed if values.get(name, getattr(product, name)) != getattr(product, name)]
    if changed:
        raise InvalidInput(errors=dict.fromkeys(changed, WITHDRAW_FIRST))
