"""Who sells and invoices, and the papers that the law demands."""

from __future__ import annotations

from datetime import date

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
    # From households, which give no invoice: paying one demands a purchase voucher (收购发票).
    buys_from_households: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class VariantTax(Base):
    """What a pack is taxed at when this seller sells it, where that is not the pack's own rate.

    A cooperative's own eggs are exempt; a company's are not.
    """

    __tablename__ = "variant_taxes"
    __table_args__ = (
        sa.UniqueConstraint("variant_id", "seller_id"),
        sa.CheckConstraint("tax_rate_bp >= 0 AND tax_rate_bp <= 10000", name="rate_is_a_share"),
        sa.CheckConstraint("tax_exempt = false OR tax_rate_bp = 0", name="exempt_has_no_rate"),
    )

    id: Mapped[PrimaryKey]
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id", ondelete="CASCADE"))
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey("sellers.id"), index=True)
    tax_rate_bp: Mapped[int] = mapped_column(default=0)
    tax_exempt: Mapped[bool] = mapped_column(default=False)


class ComplianceClass(Base):
    """What the law calls the goods, and so which certificates publishing demands. Data, not code."""

    __tablename__ = "compliance_classes"

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    sellable_online: Mapped[bool] = mapped_column(default=True)
    pledge_since: Mapped[date | None]  # each lot that is declared from that day on needs a pledge of its own

    requirements: Mapped[list[ComplianceRequirement]] = relationship(lazy="raise")


class ComplianceRequirement(Base):
    __tablename__ = "compliance_requirements"

    compliance_class_id: Mapped[int] = mapped_column(
        sa.ForeignKey("compliance_classes.id", ondelete="CASCADE"), primary_key=True
    )
    certificate_kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))


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
