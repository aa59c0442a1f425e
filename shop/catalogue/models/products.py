"""What is listed and what is bought."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models.origins import Village
from shop.catalogue.models.papers import ComplianceClass, Seller
from shop.storage.base import Base, PrimaryKey


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    family: Mapped[str] = mapped_column(sa.String(32))  # illustration
    position: Mapped[int] = mapped_column(default=0)
    # How long a producer has to prepare a task of these goods; fresh ones hours, dry ones days.
    ready_hours: Mapped[int] = mapped_column(default=48, server_default=sa.text("48"))
    product_count: Mapped[int] = mapped_column(default=0)  # published products; kept with each publish


class ProductStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class StockState(StrEnum):
    """The coarse stock that public pages and their cache know; exact stock comes from /stock."""

    SOLD_OUT = "sold_out"
    FEW_LEFT = "few_left"
    AVAILABLE = "available"


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (
        sa.Index("ix_products_category", "category_id"),
        sa.Index(
            "ix_products_not_indexed",
            "id",
            sqlite_where=sa.text("indexed_version <> version"),
            postgresql_where=sa.text("indexed_version <> version"),
        ),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey("sellers.id"), index=True)
    category_id: Mapped[int] = mapped_column(sa.ForeignKey("categories.id"))
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"), index=True)  # main origin
    compliance_class_id: Mapped[int] = mapped_column(sa.ForeignKey("compliance_classes.id"), index=True)
    family: Mapped[str] = mapped_column(sa.String(32))  # illustration
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    summary_zh: Mapped[str] = mapped_column(sa.String(200), default="")
    summary_en: Mapped[str] = mapped_column(sa.String(300), default="")
    description_zh: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    description_en: Mapped[str] = mapped_column(sa.Text, default="")
    storage_zh: Mapped[str] = mapped_column(sa.String(200), default="")
    storage_en: Mapped[str] = mapped_column(sa.String(300), default="")
    synonyms: Mapped[str] = mapped_column(sa.Text, default="")  # more words to find it by, one a line
    shelf_life_days: Mapped[int]
    season_mask: Mapped[int] = mapped_column(default=4095)  # bit 0 = January
    own_ready_hours: Mapped[int | None]  # where it is not as its category says
    ready_hours: Mapped[int] = mapped_column(
        default=48
    )  # what holds: its own or its category's, kept with both
    return_exempt: Mapped[bool] = mapped_column(default=False)  # no 7-day return; buyer confirms at checkout
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.DRAFT)
    published_at: Mapped[datetime | None]
    recommended: Mapped[int] = mapped_column(default=0)  # higher first
    # Kept for lists: cheapest active variant, best stock state of its variants, units sold ever.
    from_price_fen: Mapped[int] = mapped_column(default=0)
    stock_state: Mapped[StockState] = mapped_column(default=StockState.SOLD_OUT)
    sold_units: Mapped[int] = mapped_column(default=0)
    recalled_lots: Mapped[int] = mapped_column(
        default=0, server_default=sa.text("0")
    )  # kept with each recall
    # Published reviews by their stars, and hidden ones; kept with each review.
    stars_1: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    stars_2: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    stars_3: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    stars_4: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    stars_5: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    hidden_reviews: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    changed_at: Mapped[datetime | None]  # by an edit; search engines are told
    version: Mapped[int] = mapped_column(default=1)  # raised by every edit
    indexed_version: Mapped[int] = mapped_column(default=0)  # what search knows; the worker brings it up

    seller: Mapped[Seller] = relationship(lazy="raise")
    category: Mapped[Category] = relationship(lazy="raise")
    village: Mapped[Village | None] = relationship(lazy="raise")
    compliance_class: Mapped[ComplianceClass] = relationship(lazy="raise")
    variants: Mapped[list[Variant]] = relationship(
        lazy="raise", back_populates="product", order_by="Variant.position, Variant.id"
    )
    pictures: Mapped[list[ProductPicture]] = relationship(
        lazy="raise", order_by="ProductPicture.position, ProductPicture.id"
    )


class ProductVillage(Base):
    """Villages whose producers have declared lots of this product: the village filter."""

    __tablename__ = "product_villages"

    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True
    )
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), primary_key=True, index=True)


class Variant(Base):
    """What is bought."""

    __tablename__ = "variants"
    __table_args__ = (
        sa.CheckConstraint("price_fen > 0", name="price_positive"),
        sa.CheckConstraint("(former_fen IS NULL) = (price_until IS NULL)", name="lowered_for_a_time"),
        sa.CheckConstraint("net_weight_g > 0 AND gross_weight_g >= net_weight_g", name="weights"),
    )

    id: Mapped[PrimaryKey]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"), index=True)
    sku: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    price_fen: Mapped[int]
    # While a price for a time runs, `price_fen` is that, and these are the price before it and when it ends.
    former_fen: Mapped[int | None]
    price_until: Mapped[datetime | None]
    net_weight_g: Mapped[int]
    gross_weight_g: Mapped[int]
    tax_code: Mapped[str] = mapped_column(sa.String(19), default="")
    tax_rate_bp: Mapped[int] = mapped_column(default=0)  # basis points: 900 = 9 %
    limit_per_buyer: Mapped[int | None]
    low_stock_at: Mapped[int] = mapped_column(default=10)  # this many or fewer are "few left"
    position: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    stock_state: Mapped[StockState] = mapped_column(default=StockState.SOLD_OUT)

    product: Mapped[Product] = relationship(lazy="raise", back_populates="variants")
    components: Mapped[list[BundleItem]] = relationship(
        lazy="raise", foreign_keys="BundleItem.bundle_id", order_by="BundleItem.component_id"
    )


class BundleItem(Base):
    """A gift box holds so many units of another variant; it has no lots of its own."""

    __tablename__ = "bundle_items"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("bundle_id <> component_id", name="not_itself"),
    )

    bundle_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True, index=True)
    units: Mapped[int]

    component: Mapped[Variant] = relationship(lazy="raise", foreign_keys=[component_id])


class PictureState(StrEnum):
    PROCESSING = "processing"
    READY = "ready"
    REFUSED = "refused"


class ProductPicture(Base):
    """An uploaded photo, re-encoded by the worker to WebP in several widths."""

    __tablename__ = "product_pictures"

    id: Mapped[PrimaryKey]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    alt_zh: Mapped[str] = mapped_column(sa.String(120), default="")
    alt_en: Mapped[str] = mapped_column(sa.String(160), default="")
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[PictureState] = mapped_column(default=PictureState.PROCESSING)
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime]
