"""What is sold, by whom, and where it comes from."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class Seller(Base):
    """The legal entity that sells and invoices."""

    __tablename__ = "sellers"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    legal_name: Mapped[str] = mapped_column(sa.String(120))
    tax_number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    tax_regime: Mapped[str] = mapped_column(sa.String(32))  # cooperative | small_scale | general
    food_licence: Mapped[str] = mapped_column(sa.String(40), default="")
    bank_name: Mapped[str] = mapped_column(sa.String(80), default="")
    bank_account: Mapped[str] = mapped_column(sa.String(40), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")


class PackingPlaceKind(StrEnum):
    VILLAGE = "village"
    HUB = "hub"


class PackingPlace(Base):
    """Where tasks of one order become a parcel: a village's collection point, or the county hub."""

    __tablename__ = "packing_places"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[PackingPlaceKind]
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")


class Village(Base):
    __tablename__ = "villages"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    town_zh: Mapped[str] = mapped_column(sa.String(40), default="")
    town_en: Mapped[str] = mapped_column(sa.String(80), default="")
    county_zh: Mapped[str] = mapped_column(sa.String(40), default="")
    county_en: Mapped[str] = mapped_column(sa.String(80), default="")
    story_zh: Mapped[str] = mapped_column(sa.Text, default="")
    story_en: Mapped[str] = mapped_column(sa.Text, default="")
    picture: Mapped[str | None] = mapped_column(sa.String(200))
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"), index=True)
    product_count: Mapped[int] = mapped_column(default=0)  # published products; kept with each publish

    packing_place: Mapped[PackingPlace] = relationship(lazy="raise")


class Household(Base):
    """A farmer household, public only by alias and only with consent."""

    __tablename__ = "households"
    __table_args__ = (sa.CheckConstraint("people > 0", name="people_positive"),)

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    alias_zh: Mapped[str] = mapped_column(sa.String(40))
    alias_en: Mapped[str] = mapped_column(sa.String(80))
    people: Mapped[int]  # for income per head; never public
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    consented_at: Mapped[datetime | None]
    story_zh: Mapped[str] = mapped_column(sa.Text, default="")
    story_en: Mapped[str] = mapped_column(sa.Text, default="")
    active: Mapped[bool] = mapped_column(default=True)

    village: Mapped[Village] = relationship(lazy="raise")


class ProducerKind(StrEnum):
    HOUSEHOLD = "household"
    WORKSHOP = "workshop"


class Producer(Base):
    """Who keeps and packs a lot: one household, or a village workshop that pools several."""

    __tablename__ = "producers"
    __table_args__ = (
        sa.CheckConstraint(
            "(kind = 'household') = (household_id IS NOT NULL)", name="household_kind_has_household"
        ),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    kind: Mapped[ProducerKind]
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), index=True)
    household_id: Mapped[int | None] = mapped_column(sa.ForeignKey("households.id"), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(80))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    active: Mapped[bool] = mapped_column(default=True)

    village: Mapped[Village] = relationship(lazy="raise")
    household: Mapped[Household | None] = relationship(lazy="raise")


class ProducerMember(Base):
    """A farmer's account works for this producer (and sees its money when it is a household)."""

    __tablename__ = "producer_members"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"), primary_key=True, index=True)


class VillageCoordinator(Base):
    __tablename__ = "village_coordinators"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"), primary_key=True, index=True)


class PackingPlaceStaff(Base):
    """The county hub's staff: works at a packing place whatever village the goods are from."""

    __tablename__ = "packing_place_staff"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    packing_place_id: Mapped[int] = mapped_column(
        sa.ForeignKey("packing_places.id"), primary_key=True, index=True
    )


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    family: Mapped[str] = mapped_column(sa.String(32))  # illustration
    position: Mapped[int] = mapped_column(default=0)
    product_count: Mapped[int] = mapped_column(default=0)  # published products; kept with each publish


class ComplianceClass(Base):
    """What the law calls the goods, and so which certificates publishing demands. Data, not code."""

    __tablename__ = "compliance_classes"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    sellable_online: Mapped[bool] = mapped_column(default=True)

    requirements: Mapped[list[ComplianceRequirement]] = relationship(lazy="raise")


class ComplianceRequirement(Base):
    __tablename__ = "compliance_requirements"

    compliance_class_id: Mapped[int] = mapped_column(
        sa.ForeignKey("compliance_classes.id", ondelete="CASCADE"), primary_key=True
    )
    certificate_kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))


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
    ready_hours: Mapped[int] = mapped_column(default=48)  # how long a producer has to prepare a task
    return_exempt: Mapped[bool] = mapped_column(default=False)  # no 7-day return; buyer confirms at checkout
    status: Mapped[ProductStatus] = mapped_column(default=ProductStatus.DRAFT)
    published_at: Mapped[datetime | None]
    recommended: Mapped[int] = mapped_column(default=0)  # higher first
    # Kept for lists: cheapest active variant, best stock state of its variants, units sold ever.
    from_price_fen: Mapped[int] = mapped_column(default=0)
    stock_state: Mapped[StockState] = mapped_column(default=StockState.SOLD_OUT)
    sold_units: Mapped[int] = mapped_column(default=0)
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
        sa.CheckConstraint("net_weight_g > 0 AND gross_weight_g >= net_weight_g", name="weights"),
    )

    id: Mapped[PrimaryKey]
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"), index=True)
    sku: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    price_fen: Mapped[int]
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


class Certificate(Base):
    """A licence or inspection certificate of a seller, a producer or one product."""

    __tablename__ = "certificates"
    __table_args__ = (sa.UniqueConstraint("kind", "number"),)

    id: Mapped[PrimaryKey]
    kind: Mapped[str] = mapped_column(sa.String(40))
    number: Mapped[str] = mapped_column(sa.String(60))
    seller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sellers.id"), index=True)
    producer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("producers.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), index=True
    )
    issued_by: Mapped[str] = mapped_column(sa.String(120), default="")
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]


class CatalogueVersion(Base):
    """One row: bumped last in the transaction of every change that a public page shows."""

    __tablename__ = "catalogue_version"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)


class SplitRule(Base):
    """How the price of goods is divided, in basis points that add up to 10,000. Versions never change."""

    __tablename__ = "split_rules"
    __table_args__ = (
        sa.CheckConstraint(
            "household_bp + packing_bp + freight_bp + payment_fee_bp + village_fund_bp + shop_bp = 10000",
            name="parts_make_the_whole",
        ),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[datetime]
    household_bp: Mapped[int]
    packing_bp: Mapped[int]
    freight_bp: Mapped[int]  # the truck; a courier's freight is charged beside the goods
    payment_fee_bp: Mapped[int]
    village_fund_bp: Mapped[int]
    shop_bp: Mapped[int]
