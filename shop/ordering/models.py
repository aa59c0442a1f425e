"""Baskets and orders. What an order says was copied when it was placed and never follows the catalogue."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Variant
from shop.delivery.models import PickupPoint, Run
from shop.inventory.models import Allocation
from shop.storage.base import Base, PrimaryKey


class Basket(Base):
    """A guest's basket is found by the hash of a random cookie, a signed-in buyer's by the user."""

    __tablename__ = "baskets"

    id: Mapped[PrimaryKey]
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)

    items: Mapped[list[BasketItem]] = relationship(lazy="raise", order_by="BasketItem.id")


class BasketItem(Base):
    __tablename__ = "basket_items"
    __table_args__ = (
        sa.UniqueConstraint("basket_id", "variant_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[PrimaryKey]
    basket_id: Mapped[int] = mapped_column(sa.ForeignKey("baskets.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    quantity: Mapped[int]
    added_at: Mapped[datetime]

    variant: Mapped[Variant] = relationship(lazy="raise")


class OrderStatus(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class DeliveryKind(StrEnum):
    PICKUP = "pickup"
    COURIER = "courier"


class Channel(StrEnum):
    """By which of the shop's ways of selling an order came."""

    SHOP = "shop"
    CAMPAIGN = "campaign"  # welfare of a union
    GIFT = "gift"
    QUOTATION = "quotation"
    CANTEEN = "canteen"  # from the order sheet of a canteen, or its standing order
    OUTSIDE = "outside"  # taken down by the team: from a chat group, a fair, another platform
    COUNTER = "counter"  # sold over a pickup point's counter


class InvoiceKind(StrEnum):
    NONE = "none"
    PERSONAL = "personal"
    ORGANISATION = "organisation"


# Of these orders a keeper may have parcels on the shelf, so no two at a point have one code.
_TO_BE_COLLECTED = sa.text("status IN ('confirmed', 'shipped')")


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        sa.CheckConstraint(
            "total_fen = goods_fen - discount_fen + freight_fen - freight_off_fen",
            name="total_is_goods_and_freight",
        ),
        sa.CheckConstraint(
            "discount_fen >= 0 AND discount_fen <= goods_fen"
            " AND freight_off_fen >= 0 AND freight_off_fen <= freight_fen AND total_fen > 0",
            name="coupons_leave_something_to_pay",
        ),
        sa.CheckConstraint("goods_fen > 0 AND freight_fen >= 0", name="sane_amounts"),
        sa.CheckConstraint(
            "packaging_fen >= 0 AND packaging_fen <= freight_fen", name="packaging_within_freight"
        ),
        sa.Index("ix_orders_status_placed_at", "status", "placed_at"),
        sa.Index("ix_orders_user_placed_at", "user_id", "placed_at"),
        sa.Index(
            "uq_orders_pickup_code_in_use",
            "pickup_point_id",
            "pickup_code",
            unique=True,
            sqlite_where=_TO_BE_COLLECTED,
            postgresql_where=_TO_BE_COLLECTED,
        ),
    )

    id: Mapped[PrimaryKey]
    number: Mapped[str] = mapped_column(sa.String(32), unique=True)  # unguessable
    checkout_token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # one order however often posted
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"), index=True)  # buyer's, at the time
    # Whether the buyer had agreed, when ordering, that it counts for this unit.
    counts_for_unit: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"), index=True)
    channel: Mapped[Channel] = mapped_column(default=Channel.SHOP, server_default=Channel.SHOP)
    language: Mapped[str] = mapped_column(sa.String(8), default="zh")
    status: Mapped[OrderStatus] = mapped_column(default=OrderStatus.AWAITING_PAYMENT)

    recipient: Mapped[str] = mapped_column(sa.String(60))
    phone: Mapped[str] = mapped_column(sa.String(20), index=True)  # E.164
    email: Mapped[str | None] = mapped_column(sa.String(255))
    note: Mapped[str] = mapped_column(sa.String(300), default="")

    delivery: Mapped[DeliveryKind]
    pickup_point_id: Mapped[int | None] = mapped_column(sa.ForeignKey("pickup_points.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"), index=True)
    pickup_code: Mapped[str | None] = mapped_column(sa.String(16), index=True)
    province: Mapped[str | None] = mapped_column(sa.String(40))
    city: Mapped[str | None] = mapped_column(sa.String(40))
    district: Mapped[str | None] = mapped_column(sa.String(40))
    street: Mapped[str | None] = mapped_column(sa.String(200))

    payment_method: Mapped[str] = mapped_column(sa.String(32))
    invoice_kind: Mapped[InvoiceKind] = mapped_column(default=InvoiceKind.NONE)
    invoice_title: Mapped[str] = mapped_column(sa.String(120), default="")
    tax_number: Mapped[str] = mapped_column(sa.String(20), default="")

    goods_fen: Mapped[int]
    freight_fen: Mapped[int]
    # Of that, what the packaging of a gift costs: it is charged with the freight, and is not the courier's.
    packaging_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    # What coupons took off: off the goods, which their lines share, and off the freight.
    discount_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    freight_off_fen: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    total_fen: Mapped[int]
    refunded_fen: Mapped[int] = mapped_column(default=0)  # succeeded refunds; kept with each
    split_version: Mapped[int] = mapped_column(sa.ForeignKey("split_rules.version"))
    gross_weight_g: Mapped[int]
    run_weight_g: Mapped[int | None]  # what its run has to take, when a part left without it; else all of it

    placed_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    shipped_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None] = mapped_column(index=True)
    cancel_requested_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # All of its price was asked back, by what did not fail: nothing of it is sent or handed over any more.
    money_back_at: Mapped[datetime | None]

    lines: Mapped[list[OrderLine]] = relationship(
        lazy="raise", back_populates="order", order_by="OrderLine.id"
    )
    events: Mapped[list[OrderEvent]] = relationship(lazy="raise", order_by="OrderEvent.id")
    pickup_point: Mapped[PickupPoint | None] = relationship(lazy="raise")
    run: Mapped[Run | None] = relationship(lazy="raise")

    @property
    def off_fen(self) -> int:
        """What coupons took off, in all."""
        return self.discount_fen + self.freight_off_fen

    @property
    def booked_g(self) -> int:
        """The room that it takes on its run."""
        return self.gross_weight_g if self.run_weight_g is None else self.run_weight_g


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("line_fen = unit_price_fen * quantity", name="line_is_price_times_quantity"),
        sa.CheckConstraint("discount_fen >= 0 AND discount_fen <= line_fen", name="discount_within_line"),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    seller_id: Mapped[int] = mapped_column(sa.ForeignKey("sellers.id"), index=True)
    sku: Mapped[str] = mapped_column(sa.String(40))
    product_name_zh: Mapped[str] = mapped_column(sa.String(80))
    product_name_en: Mapped[str] = mapped_column(sa.String(120))
    variant_name_zh: Mapped[str] = mapped_column(sa.String(60))
    variant_name_en: Mapped[str] = mapped_column(sa.String(100))
    family: Mapped[str] = mapped_column(sa.String(32))  # illustration
    unit_price_fen: Mapped[int]
    # Where it was lower for a time when it was ordered: the price before, and until when.
    former_price_fen: Mapped[int | None]
    price_until: Mapped[datetime | None]
    quantity: Mapped[int]
    line_fen: Mapped[int]
    discount_fen: Mapped[int] = mapped_column(
        default=0, server_default=sa.text("0")
    )  # what a coupon took off
    net_weight_g: Mapped[int]
    gross_weight_g: Mapped[int]
    tax_code: Mapped[str] = mapped_column(sa.String(19), default="")
    tax_rate_bp: Mapped[int] = mapped_column(default=0)
    tax_exempt: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    return_exempt: Mapped[bool] = mapped_column(default=False)  # marked, and the buyer confirmed it
    is_bundle: Mapped[bool] = mapped_column(default=False)
    # What of it was pre-ordered: the day that the buyer was told, and the rule that the buyer agreed to.
    expected_on: Mapped[date | None]
    expected_units: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    preorder_terms: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")

    @property
    def paid_fen(self) -> int:
        """What the buyer pays for it."""
        return self.line_fen - self.discount_fen

    order: Mapped[Order] = relationship(lazy="raise", back_populates="lines")
    allocations: Mapped[list[Allocation]] = relationship(lazy="raise", order_by="Allocation.id")


# What keepers report waits for the team until it is settled, however old the order is.
_REPORTS = sa.text("kind IN ('parcel_missing', 'parcel_broken', 'parcel_given_late')")
# The label of a parcel that is no more leads to one of these.
_UNMADE = sa.text("kind IN ('parcel_called_off', 'parcel_unpacked')")

# What the team noted is searched.
_NOTED = sa.text("kind = 'shop_note'")


class OrderEvent(Base):
    """One thing that happened to an order, for its history."""

    __tablename__ = "order_events"
    __table_args__ = (
        sa.Index("ix_order_events_reports", "id", sqlite_where=_REPORTS, postgresql_where=_REPORTS),
        sa.Index("ix_order_events_notes", "order_id", sqlite_where=_NOTED, postgresql_where=_NOTED),
        sa.Index("ix_order_events_unmade", "id", sqlite_where=_UNMADE, postgresql_where=_UNMADE),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    facts: Mapped[dict[str, Any]]
