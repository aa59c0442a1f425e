"""Sources of orders that are taken down by the team, and what their orders are called there."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

# With it, and the source's slug behind it, the books know whose hands money is in.
OUTSIDE: Final = "outside"
LONGEST_SLUG: Final = 24
LONGEST_NUMBER: Final = 60


def provider_of_source(slug: str) -> str:
    """The name under which payments and books know what a source collects: at most 32 characters."""
    return f"{OUTSIDE}:{slug}"


class SourceKind(StrEnum):
    CHAT_GROUP = "chat_group"
    FAIR = "fair"
    SHELF = "shelf"  # at a pickup point, whose keeper takes orders
    PLATFORM = "platform"  # of others


class PaidHow(StrEnum):
    """How its buyer paid there; whoever collects for the source has the money, until it is handed in."""

    CASH = "cash"
    TRANSFER = "transfer"  # to who collects for the source
    CARD = "card"  # at a terminal for campus cards
    PLATFORM = "platform"  # the platform collects, and passes it on
    NOT_YET = "not_yet"


class OutsideSource(Base):
    """A chat group, a fair, a shelf or another platform. `collector` has the buyers' money, and may receive goods for who left no name."""

    __tablename__ = "outside_sources"
    __table_args__ = (
        sa.CheckConstraint("fee_bp >= 0 AND fee_bp <= 5000", name="fee_is_a_part"),
        sa.CheckConstraint("wait_days > 0", name="holds_for_a_day"),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(LONGEST_SLUG), unique=True)
    kind: Mapped[SourceKind]
    name_zh: Mapped[str] = mapped_column(sa.String(60))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    collector: Mapped[str] = mapped_column(sa.String(60))
    contact_phone: Mapped[str] = mapped_column(sa.String(20), default="")  # E.164
    fee_bp: Mapped[int] = mapped_column(default=0)  # what it keeps of each payment
    wait_days: Mapped[int] = mapped_column(default=7)  # how long goods wait for money that has not come
    active: Mapped[bool] = mapped_column(default=True)


class OutsideOrder(Base):
    """What an order is called at its source: a number there is one order here."""

    __tablename__ = "outside_orders"
    __table_args__ = (
        sa.UniqueConstraint("source_id", "number"),
        sa.CheckConstraint("(paid_how = 'not_yet') = (paid_on IS NULL)", name="paid_on_a_day"),
    )

    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_sources.id"))
    number: Mapped[str] = mapped_column(sa.String(LONGEST_NUMBER), index=True)
    ordered_on: Mapped[date] = mapped_column(index=True)
    paid_how: Mapped[PaidHow]
    paid_on: Mapped[date | None]
    import_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outside_imports.id"), index=True)
    entered_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))


class OutsideImport(Base):
    """A table of orders of one source. Its file waits in the store by its digest until all of it is entered.

    `orders` stood in it that were not known before; the worker goes through them, and goes on after a break.
    """

    __tablename__ = "outside_imports"
    __table_args__ = (
        sa.Index(
            "ix_outside_imports_running",
            "id",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        sa.CheckConstraint("orders > 0", name="has_orders"),
    )

    id: Mapped[PrimaryKey]
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_sources.id"))
    digest: Mapped[str] = mapped_column(sa.String(64))
    orders: Mapped[int]
    request_token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]
    lost: Mapped[bool] = mapped_column(default=False)  # its file was gone before all of it was entered


class RefusedOrder(Base):
    """An order of a table that could not be placed, and why: to be put right in the table and sent again."""

    __tablename__ = "outside_refused"
    __table_args__ = (sa.UniqueConstraint("import_id", "number"),)

    id: Mapped[PrimaryKey]
    import_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_imports.id", ondelete="CASCADE"))
    number: Mapped[str] = mapped_column(sa.String(LONGEST_NUMBER))
    row: Mapped[int]
    message: Mapped[str] = mapped_column(sa.Text)  # a message id
    facts: Mapped[dict[str, Any]]
