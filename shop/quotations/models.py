"""Quotations (报价单): a request, versions of an offer that never change once sent, and the order that came of one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.kit.price_tiers import Tier
from shop.ordering.models import DeliveryKind
from shop.storage.base import Base, PrimaryKey

_STANDS = sa.text("ended_at IS NULL")


class QuotationState(StrEnum):
    REQUESTED = "requested"  # the organisation waits for the first version
    QUOTED = "quoted"  # the newest version waits for the organisation's answer
    CHANGES = "changes"  # the organisation wants something else: the shop makes a new version
    ACCEPTED = "accepted"  # its order was placed
    DECLINED = "declined"  # the shop makes no offer
    WITHDRAWN = "withdrawn"  # the organisation wants none any more


class AcceptedBy(StrEnum):
    """How a version was accepted."""

    ONLINE = "online"
    CONTRACT = "contract"  # by a stamped contract


class Quotation(Base):
    """What one organisation asks for. `title` is its own name for it; `two_accept`: two persons take over the goods."""

    __tablename__ = "quotations"
    __table_args__ = (
        sa.Index("ix_quotations_organisation", "organisation_id", "id"),
        sa.Index("ix_quotations_state", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    state: Mapped[QuotationState] = mapped_column(default=QuotationState.REQUESTED)
    title: Mapped[str] = mapped_column(sa.String(80))
    contact: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20))  # E.164
    wanted: Mapped[str] = mapped_column(sa.String(120), default="")  # on which days
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    words: Mapped[str] = mapped_column(sa.String(1000), default="")
    two_accept: Mapped[bool] = mapped_column(default=False)
    requested_by_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    requested_at: Mapped[datetime]
    waits_since: Mapped[datetime]  # since when it is as it is
    decision: Mapped[str] = mapped_column(sa.String(300), default="")  # why declined or withdrawn
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it is one

    items: Mapped[list[QuotationItem]] = relationship(lazy="raise", order_by="QuotationItem.id")
    versions: Mapped[list[QuotationVersion]] = relationship(
        lazy="raise",
        order_by="QuotationVersion.number",
        back_populates="quotation",
    )
    agreement: Mapped[QuotationAgreement | None] = relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="and_(Quotation.id == QuotationAgreement.quotation_id, QuotationAgreement.ended_at.is_(None))",
    )
    contracts: Mapped[list[QuotationContract]] = relationship(lazy="raise", order_by="QuotationContract.id")


class QuotationItem(Base):
    """What was asked for."""

    __tablename__ = "quotation_items"
    __table_args__ = (
        sa.UniqueConstraint("quotation_id", "variant_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[PrimaryKey]
    quotation_id: Mapped[int] = mapped_column(sa.ForeignKey("quotations.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]


class QuotationVersion(Base):
    """One offer. A draft until `sent_at`; from then on a trigger of the database keeps it and its lines as they are."""

    __tablename__ = "quotation_versions"
    __table_args__ = (
        sa.UniqueConstraint("quotation_id", "number"),
        sa.CheckConstraint(
            "goods_fen > 0 AND freight_fen >= 0 AND discount_fen >= 0 AND discount_fen < goods_fen",
            name="sane_amounts",
        ),
        sa.CheckConstraint(
            "(delivery = 'pickup') = (run_id IS NOT NULL) AND (delivery = 'pickup') = (pickup_point_id IS NOT NULL)"
            " AND (delivery = 'courier') = (province IS NOT NULL)",
            name="one_way",
        ),
        sa.CheckConstraint("(discount_fen > 0) = (discount_words <> '')", name="a_discount_has_words"),
    )

    id: Mapped[PrimaryKey]
    quotation_id: Mapped[int] = mapped_column(sa.ForeignKey("quotations.id", ondelete="CASCADE"))
    number: Mapped[int]
    what_changed: Mapped[str] = mapped_column(sa.String(120), default="")
    goods_fen: Mapped[int]
    freight_fen: Mapped[int]
    discount_fen: Mapped[int]
    discount_words: Mapped[str] = mapped_column(sa.String(80), default="")
    split_version: Mapped[int] = mapped_column(sa.ForeignKey("split_rules.version"))
    valid_until: Mapped[date]  # the whole day in Shanghai
    delivery: Mapped[DeliveryKind]
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))
    province: Mapped[str | None] = mapped_column(sa.String(40))
    city: Mapped[str | None] = mapped_column(sa.String(40))
    district: Mapped[str | None] = mapped_column(sa.String(40))
    address: Mapped[str | None] = mapped_column(sa.String(200))
    days: Mapped[str] = mapped_column(sa.String(120), default="")
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    terms: Mapped[str] = mapped_column(sa.String(2000), default="")
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime | None]
    # What the organisation said to it.
    wish: Mapped[str] = mapped_column(sa.String(500), default="")
    wished_at: Mapped[datetime | None]
    wished_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    quotation: Mapped[Quotation] = relationship(lazy="raise", back_populates="versions")
    lines: Mapped[list[QuotationLine]] = relationship(
        lazy="raise", order_by="QuotationLine.id", cascade="all, delete-orphan"
    )

    @property
    def total_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen


class QuotationLine(Base):
    """Names and prices are copied: an offer never follows the catalogue."""

    __tablename__ = "quotation_lines"
    __table_args__ = (
        sa.UniqueConstraint("version_id", "variant_id"),
        sa.CheckConstraint("quantity > 0 AND unit_price_fen > 0", name="something_for_something"),
        sa.CheckConstraint("line_fen = unit_price_fen * quantity", name="line_is_price_times_quantity"),
    )

    id: Mapped[PrimaryKey]
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("quotation_versions.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    product_name_zh: Mapped[str] = mapped_column(sa.String(80))
    product_name_en: Mapped[str] = mapped_column(sa.String(120))
    variant_name_zh: Mapped[str] = mapped_column(sa.String(60))
    variant_name_en: Mapped[str] = mapped_column(sa.String(100))
    quantity: Mapped[int]
    unit_price_fen: Mapped[int]
    line_fen: Mapped[int]

    price_tiers: Mapped[list[QuotationTier]] = relationship(
        lazy="raise", order_by="QuotationTier.from_quantity", cascade="all, delete-orphan"
    )

    @property
    def tiers(self) -> list[Tier]:
        return [Tier(one.from_quantity, one.unit_price_fen) for one in self.price_tiers]


class QuotationTier(Base):
    __tablename__ = "quotation_tiers"
    __table_args__ = (
        sa.CheckConstraint("from_quantity > 0 AND unit_price_fen > 0", name="something_for_something"),
    )

    line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("quotation_lines.id", ondelete="CASCADE"), primary_key=True
    )
    from_quantity: Mapped[int] = mapped_column(primary_key=True)
    unit_price_fen: Mapped[int]


class QuotationAgreement(Base):
    """A version was accepted, with the order that it placed. `ended_at`: that order was called off, and it may be accepted
    again; one at most has not ended.
    """

    __tablename__ = "quotation_agreements"
    __table_args__ = (
        sa.Index(
            "uq_quotation_agreements_one_stands",
            "quotation_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        sa.Index("ix_quotation_agreements_quotation_id", "quotation_id"),
        sa.Index("ix_quotation_agreements_version_id", "version_id"),
    )

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True, autoincrement=False)
    quotation_id: Mapped[int] = mapped_column(sa.ForeignKey("quotations.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("quotation_versions.id"))
    how: Mapped[AcceptedBy]
    accepted_at: Mapped[datetime]
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]


class FileKind(StrEnum):
    PDF = "pdf"
    JPEG = "jpg"
    PNG = "png"


class QuotationContract(Base):
    """A stamped contract that the organisation sent; it is handed out to be saved, to both sides."""

    __tablename__ = "quotation_contracts"
    __table_args__ = (sa.UniqueConstraint("quotation_id", "digest"),)

    id: Mapped[PrimaryKey]
    quotation_id: Mapped[int] = mapped_column(sa.ForeignKey("quotations.id", ondelete="CASCADE"))
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("quotation_versions.id"), index=True)
    kind: Mapped[FileKind]
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
