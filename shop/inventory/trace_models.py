"""What is written down so that a bag can be followed: labels handed out, pledges, lots made of others, recalls."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class BagPrint(Base):
    """Bags `first` to `last` of a lot got labels. A reason makes it a reprint of numbers that were handed out before."""

    __tablename__ = "bag_prints"
    __table_args__ = (
        sa.CheckConstraint("first >= 1 AND last >= first", name="counts_up"),
        sa.UniqueConstraint("lot_id", "token"),
    )

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"))
    first: Mapped[int]
    last: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(200), default="")
    token: Mapped[str] = mapped_column(sa.String(64))  # of the form: sent twice, it hands out once
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class LotPledge(Base):
    """承诺达标合格证 of one lot, as it was signed: what stands on it never follows the lot or the catalogue.

    Of bought-in goods it is the supplier's own, with the supplier's number and term. The one that counts has no
    `replaced_at`; a lot has one such at most.
    """

    __tablename__ = "lot_pledges"
    __table_args__ = (
        sa.CheckConstraint("units > 0 AND net_weight_g > 0", name="of_some_goods"),
        sa.CheckConstraint("basis <> '' OR of_supplier", name="says_on_what_it_rests"),
        sa.Index(
            "uq_lot_pledges_in_force",
            "lot_id",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.Index("ix_lot_pledges_lot_id", "lot_id"),
    )

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(sa.String(60), unique=True)
    of_supplier: Mapped[bool] = mapped_column(default=False)
    goods_zh: Mapped[str] = mapped_column(sa.String(160))
    goods_en: Mapped[str] = mapped_column(sa.String(240))
    units: Mapped[int]
    net_weight_g: Mapped[int]  # of all units together
    place: Mapped[str] = mapped_column(sa.String(200))
    producer: Mapped[str] = mapped_column(sa.String(120))
    contact: Mapped[str] = mapped_column(sa.String(40), default="")
    basis: Mapped[str] = mapped_column(sa.String(120), default="")  # values of PledgeBasis, a space between
    signed_by: Mapped[str] = mapped_column(sa.String(60))
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class LotOrigin(Base):
    """So many units of another lot were packed anew into this one."""

    __tablename__ = "lot_origins"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("lot_id <> origin_id", name="not_of_itself"),
    )

    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"), primary_key=True)
    origin_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), primary_key=True, index=True)
    units: Mapped[int]


class RecallState(StrEnum):
    PROPOSED = "proposed"  # a coordinator asks for it; nothing has happened yet
    REFUSED = "refused"  # the shop looked into it and did not recall
    ACTIVE = "active"
    LIFTED = "lifted"  # another person found that the goods are good after all


_OPEN = sa.text("state IN ('proposed', 'active')")


class LotRecall(Base):
    """A lot is called back: why, and what its buyers shall do. A lot has one that is open at most."""

    __tablename__ = "lot_recalls"
    __table_args__ = (
        sa.CheckConstraint("state <> 'lifted' OR lifted_by_id <> recalled_by_id", name="lifted_by_another"),
        sa.CheckConstraint("state NOT IN ('active', 'lifted') OR recalled_at IS NOT NULL", name="began"),
        sa.Index("uq_lot_recalls_open", "lot_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index("ix_lot_recalls_state", "state", "recalled_at"),
    )

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id"), index=True)
    state: Mapped[RecallState]
    reason_zh: Mapped[str] = mapped_column(sa.String(300))
    reason_en: Mapped[str] = mapped_column(sa.String(300), default="")
    advice_zh: Mapped[str] = mapped_column(sa.String(300), default="")
    advice_en: Mapped[str] = mapped_column(sa.String(300), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime | None]
    # As the village wrote it; what buyers read may be put otherwise by the team.
    proposed_reason_zh: Mapped[str] = mapped_column(sa.String(300), default="", server_default=sa.text("''"))
    refused_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    recalled_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    recalled_at: Mapped[datetime | None]
    ended_reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why refused or lifted
    lifted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]


class RecalledOrder(Base):
    """An order that had goods of a recalled lot. `settled_at`: what had not left was stopped, and its buyer is told.

    `refunded_at`: what had left was asked back because of the recall. Its parcel is given to nobody after that, also
    when the recall is lifted.
    """

    __tablename__ = "recalled_orders"
    __table_args__ = (
        sa.Index(
            "ix_recalled_orders_waiting",
            "recall_id",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
    )

    recall_id: Mapped[int] = mapped_column(
        sa.ForeignKey("lot_recalls.id", ondelete="CASCADE"), primary_key=True
    )
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), primary_key=True, index=True)
    units: Mapped[int]  # that it had of the lot when it was recalled, or confirmed after that
    settled_at: Mapped[datetime | None]
    refunded_at: Mapped[datetime | None]
