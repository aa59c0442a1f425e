"""A gift (礼品单), what is in it, and who receives it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Variant
from shop.gifts.packaging_models import GiftPackaging
from shop.storage.base import Base, PrimaryKey


class GiftStatus(StrEnum):
    DRAFT = "draft"
    WAITING = "waiting"  # above a limit: somebody of the organisation has to agree to all of it
    PLACING = "placing"  # the worker turns its recipients into orders
    STOPPED = "stopped"  # something came between; who bought looks and goes on
    PLACED = "placed"
    DROPPED = "dropped"  # a draft that is not wanted any more


class PayBy(StrEnum):
    """How the orders that are being placed are paid."""

    ON_ACCOUNT = "on_account"  # on the organisation's terms, afterwards
    BANK_TRANSFER = "bank_transfer"  # in advance, by one transfer for all of them


class RecipientState(StrEnum):
    WAITING = "waiting"  # uploaded, and not judged yet
    READY = "ready"
    BAD = "bad"  # something has to be mended
    TWIN = "twin"  # another row has the same telephone
    SKIPPED = "skipped"  # 不寄
    QUEUED = "queued"  # its order is being placed
    HELD = "held"  # it has an order, which waits to be accepted on terms, or to join the gift's transfer
    ORDERED = "ordered"


class Gift(Base):
    """`ordered_at` is set with the first order: goods and card stay as they are from then on.

    `list_name` and `list_digest` are of the table that was uploaded last.
    """

    __tablename__ = "gifts"
    __table_args__ = (
        sa.UniqueConstraint("organisation_id", "made_token"),
        sa.Index("ix_gifts_organisation_updated", "organisation_id", "updated_at"),
        sa.Index("ix_gifts_status_updated", "status", "updated_at"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int] = mapped_column(sa.ForeignKey("organisations.id"))
    name: Mapped[str] = mapped_column(sa.String(60))
    status: Mapped[GiftStatus] = mapped_column(default=GiftStatus.DRAFT)
    made_token: Mapped[str] = mapped_column(sa.String(64))  # one draft however often posted
    card_text: Mapped[str] = mapped_column(sa.String(120), default="")
    signature: Mapped[str] = mapped_column(sa.String(60), default="")
    hides_prices: Mapped[bool] = mapped_column(default=True)
    origin_slip: Mapped[bool] = mapped_column(default=True)
    deliver_on: Mapped[date | None]
    list_name: Mapped[str] = mapped_column(sa.String(120), default="")
    list_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    stopped_because: Mapped[str] = mapped_column(sa.String(40), default="")  # the code of an error
    stopped_at_row: Mapped[int | None]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ordered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    ordered_at: Mapped[datetime | None]
    # What is being placed goes beyond a limit, and somebody agreed to all of it.
    is_approved: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    forgotten_at: Mapped[datetime | None]  # the recipients' data was deleted
    pay_by: Mapped[PayBy] = mapped_column(default=PayBy.ON_ACCOUNT, server_default=PayBy.ON_ACCOUNT.value)
    # Chosen from what the shop offers; its price is frozen with the first order. None: as goods are packed anyway.
    packaging_id: Mapped[int | None] = mapped_column(sa.ForeignKey("gift_packagings.id"))
    packaging_fen: Mapped[int | None]

    packaging: Mapped[GiftPackaging | None] = relationship(lazy="raise")
    items: Mapped[list[GiftItem]] = relationship(lazy="raise", order_by="GiftItem.variant_id")


class GiftItem(Base):
    """So many units of a pack for each recipient; its price is frozen with the first order."""

    __tablename__ = "gift_items"
    __table_args__ = (sa.CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity_sane"),)

    gift_id: Mapped[int] = mapped_column(sa.ForeignKey("gifts.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), primary_key=True)
    quantity: Mapped[int]
    unit_price_fen: Mapped[int | None]

    variant: Mapped[Variant] = relationship(lazy="raise")


class GiftRecipient(Base):
    """One row of the list, as it was typed; `row` as the file counts it.

    `phone` is in E.164 and the address has its parts where they could be read. `sends_both`: the same telephone
    twice is meant. `quoted_fen` is what its order may cost, as the buyer saw it.
    """

    __tablename__ = "gift_recipients"
    __table_args__ = (
        sa.UniqueConstraint("gift_id", "row"),
        sa.Index("ix_gift_recipients_state", "gift_id", "state", "row"),
        sa.Index("ix_gift_recipients_phone", "gift_id", "phone"),
        sa.CheckConstraint(
            "(state IN ('held', 'ordered')) = (order_id IS NOT NULL)", name="ordered_has_order"
        ),
    )

    id: Mapped[PrimaryKey]
    gift_id: Mapped[int] = mapped_column(sa.ForeignKey("gifts.id", ondelete="CASCADE"))
    row: Mapped[int]
    state: Mapped[RecipientState] = mapped_column(default=RecipientState.WAITING)
    name: Mapped[str] = mapped_column(sa.String(60), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    province: Mapped[str] = mapped_column(sa.String(40), default="")
    city: Mapped[str] = mapped_column(sa.String(40), default="")
    district: Mapped[str] = mapped_column(sa.String(40), default="")
    street: Mapped[str] = mapped_column(sa.String(200), default="")
    sends_both: Mapped[bool] = mapped_column(default=False)
    tries: Mapped[int] = mapped_column(default=0)  # orders that were given up before they were accepted
    quoted_fen: Mapped[int | None]
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), unique=True)
