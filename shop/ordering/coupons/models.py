"""Coupons (优惠券): campaigns, their codes, who may use them, and every use of one. (A voucher is an accounting paper.)"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.storage.base import Base, PrimaryKey


class CouponKind(StrEnum):
    AMOUNT = "amount"  # so many fen off
    PERCENT = "percent"  # so many percent off, at most `most_fen`
    FREIGHT = "freight"  # off a courier's freight, all of it or at most `most_fen`


class CouponScope(StrEnum):
    """Which goods count, for the least amount and for what goes off."""

    ALL = "all"
    CATEGORIES = "categories"
    PRODUCTS = "products"
    VILLAGES = "villages"
    SELLERS = "sellers"


class CouponAudience(StrEnum):
    EVERYONE = "everyone"  # with an account
    CAMPUS = "campus"  # whose unit the campus or the team has said
    FIRST_ORDER = "first_order"  # who has no order yet but cancelled ones
    UNITS = "units"
    ACCOUNTS = "accounts"


class CouponBearer(StrEnum):
    """Who pays for it. Households never do."""

    SHOP = "shop"
    FUND = "fund"  # money that a sponsor or a seller gives for it


class CampaignState(StrEnum):
    PROPOSED = "proposed"
    DECLINED = "declined"
    APPROVED = "approved"  # its codes hold good within its days
    PAUSED = "paused"
    ENDED = "ended"


class CouponCampaign(Base):
    """``used_count`` and ``spent_fen`` count uses that are reserved or used; the conditions of the table hold them."""

    __tablename__ = "coupon_campaigns"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
        sa.CheckConstraint("minimum_fen >= 0", name="minimum_not_negative"),
        sa.CheckConstraint("budget_fen > 0", name="budget_positive"),
        sa.CheckConstraint("spent_fen >= 0 AND spent_fen <= budget_fen", name="budget_kept"),
        sa.CheckConstraint(
            "used_count >= 0 AND (most_uses IS NULL OR used_count <= most_uses)", name="uses_kept"
        ),
        sa.CheckConstraint("most_uses IS NULL OR most_uses > 0", name="most_uses_positive"),
        sa.CheckConstraint("most_per_person > 0", name="most_per_person_positive"),
        sa.CheckConstraint("(kind = 'amount') = (amount_fen IS NOT NULL)", name="amount_of_its_kind"),
        sa.CheckConstraint("(kind = 'percent') = (percent IS NOT NULL)", name="percent_of_its_kind"),
        sa.CheckConstraint("percent IS NULL OR (percent > 0 AND percent < 100)", name="percent_in_range"),
        sa.CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint(
            "(most_fen IS NULL OR most_fen > 0) AND (kind <> 'percent' OR most_fen IS NOT NULL)",
            name="a_percentage_has_a_cap",
        ),
        sa.CheckConstraint("(bearer = 'fund') = (fund_name <> '')", name="a_fund_has_a_name"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> proposed_by_id", name="two_persons"),
        sa.Index("ix_coupon_campaigns_state", "state", "id"),
    )

    id: Mapped[PrimaryKey]
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[CouponKind]
    amount_fen: Mapped[int | None]
    percent: Mapped[int | None]
    most_fen: Mapped[int | None]
    minimum_fen: Mapped[int] = mapped_column(default=0)
    scope: Mapped[CouponScope]
    audience: Mapped[CouponAudience]
    most_uses: Mapped[int | None]
    most_per_person: Mapped[int] = mapped_column(default=1)
    budget_fen: Mapped[int]
    with_freight: Mapped[bool] = mapped_column(default=False)  # may stand beside one that takes freight off
    bearer: Mapped[CouponBearer]
    fund_name: Mapped[str] = mapped_column(sa.String(80), default="")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[CampaignState] = mapped_column(default=CampaignState.PROPOSED)
    reason: Mapped[str] = mapped_column(sa.String(200), default="")  # of who proposed it
    decision: Mapped[str] = mapped_column(sa.String(200), default="")  # why it was declined, paused or ended
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime]
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None]
    used_count: Mapped[int] = mapped_column(default=0)
    spent_fen: Mapped[int] = mapped_column(default=0)
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it is one

    targets: Mapped[list[CouponTarget]] = relationship(lazy="raise", order_by="CouponTarget.id")
    invited: Mapped[list[CouponInvited]] = relationship(lazy="raise", order_by="CouponInvited.id")

    @property
    def takes_freight(self) -> bool:
        return self.kind is CouponKind.FREIGHT


class CouponTarget(Base):
    """One thing that a campaign is for, by its scope."""

    __tablename__ = "coupon_targets"
    __table_args__ = (
        sa.CheckConstraint(
            "(CASE WHEN category_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN product_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN village_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN seller_id IS NULL THEN 0 ELSE 1 END)"
            " = 1",
            name="one_thing",
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(
        sa.ForeignKey("coupon_campaigns.id", ondelete="CASCADE"), index=True
    )
    category_id: Mapped[int | None] = mapped_column(sa.ForeignKey("categories.id"))
    product_id: Mapped[int | None] = mapped_column(sa.ForeignKey("products.id", ondelete="CASCADE"))
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"))
    seller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("sellers.id"))


class CouponInvited(Base):
    """A unit or an account that a campaign is for."""

    __tablename__ = "coupon_invited"
    __table_args__ = (
        sa.UniqueConstraint("campaign_id", "user_id"),
        sa.CheckConstraint("(unit_id IS NULL) <> (user_id IS NULL)", name="one_of_both"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("coupon_campaigns.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("units.id"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)


class CouponBatch(Base):
    """Codes that were made together, and handed out in one file, once."""

    __tablename__ = "coupon_batches"
    __table_args__ = (sa.CheckConstraint("count > 0", name="count_positive"),)

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(
        sa.ForeignKey("coupon_campaigns.id", ondelete="CASCADE"), index=True
    )
    label: Mapped[str] = mapped_column(sa.String(60))
    count: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    voided_at: Mapped[datetime | None]  # the file was lost: none of them holds good any more
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)


class CouponCode(Base):
    """A code, known by its digest. Only a public word, which everybody may know, also stands here in letters.

    `most_uses`: 1 of a code of a batch; of a public word as many as its campaign says, or no limit of its own.
    """

    __tablename__ = "coupon_codes"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "serial"),
        sa.CheckConstraint("(batch_id IS NULL) = (word IS NOT NULL)", name="a_word_or_of_a_batch"),
        sa.CheckConstraint(
            "used_count >= 0 AND (most_uses IS NULL OR used_count <= most_uses)", name="uses_kept"
        ),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(
        sa.ForeignKey("coupon_campaigns.id", ondelete="CASCADE"), index=True
    )
    batch_id: Mapped[int | None] = mapped_column(sa.ForeignKey("coupon_batches.id", ondelete="CASCADE"))
    serial: Mapped[int] = mapped_column(default=0)  # its number in the batch
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    word: Mapped[str | None] = mapped_column(sa.String(24))
    most_uses: Mapped[int | None]
    used_count: Mapped[int] = mapped_column(default=0)


class UseState(StrEnum):
    RESERVED = "reserved"  # its order waits for its money
    USED = "used"  # its order is confirmed
    RELEASED = "released"  # its order was called off: it counts nowhere any more


class CouponUse(Base):
    """One coupon in one order, and what it took off."""

    __tablename__ = "coupon_uses"
    __table_args__ = (
        sa.UniqueConstraint("order_id", "of_freight"),
        sa.CheckConstraint("off_fen > 0", name="off_positive"),
        sa.Index("ix_coupon_uses_campaign", "campaign_id", "id"),
        sa.Index("ix_coupon_uses_user", "user_id", "id"),
    )

    id: Mapped[PrimaryKey]
    campaign_id: Mapped[int] = mapped_column(sa.ForeignKey("coupon_campaigns.id"))
    code_id: Mapped[int] = mapped_column(sa.ForeignKey("coupon_codes.id"), index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    of_freight: Mapped[bool]
    off_fen: Mapped[int]
    state: Mapped[UseState] = mapped_column(default=UseState.RESERVED)
    at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CouponCount(Base):
    """How often one account has a coupon of one campaign in use."""

    __tablename__ = "coupon_counts"
    __table_args__ = (sa.CheckConstraint("uses >= 0", name="uses_not_negative"),)

    campaign_id: Mapped[int] = mapped_column(
        sa.ForeignKey("coupon_campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    uses: Mapped[int]


class BasketCoupon(Base):
    """A code that lies in a basket: one that takes off goods, one that takes off freight, at most."""

    __tablename__ = "basket_coupons"

    basket_id: Mapped[int] = mapped_column(sa.ForeignKey("baskets.id", ondelete="CASCADE"), primary_key=True)
    of_freight: Mapped[bool] = mapped_column(primary_key=True)
    code_id: Mapped[int] = mapped_column(sa.ForeignKey("coupon_codes.id", ondelete="CASCADE"), index=True)
