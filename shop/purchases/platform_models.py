"""What departments bought on the public platform (832): imported for the statement, and never an order of this shop."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.purchases.models import Funding
from shop.storage.base import Base, PrimaryKey


class PlatformImport(Base):
    """One table that was sent, by the digest of its content: the same table is imported once."""

    __tablename__ = "platform_imports"

    id: Mapped[PrimaryKey]
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    rows: Mapped[int]
    amount_fen: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    taken_back_at: Mapped[datetime | None]  # its rows are gone


class PlatformPurchase(Base):
    """One item of an order of the platform. All items of a number come with one table, and none later."""

    __tablename__ = "platform_purchases"
    __table_args__ = (
        sa.UniqueConstraint("order_number", "item"),
        sa.CheckConstraint("amount_fen > 0", name="amount_positive"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.Index("ix_platform_purchases_bought_on", "bought_on", "id"),
        sa.Index("ix_platform_purchases_unit_id_bought_on", "unit_id", "bought_on"),
    )

    id: Mapped[PrimaryKey]
    import_id: Mapped[int] = mapped_column(
        sa.ForeignKey("platform_imports.id", ondelete="CASCADE"), index=True
    )
    order_number: Mapped[str] = mapped_column(sa.String(64))
    item: Mapped[int]  # 1, 2, … within its order
    bought_on: Mapped[date]
    unit_id: Mapped[int] = mapped_column(sa.ForeignKey("units.id"))
    funding: Mapped[Funding]
    supplier: Mapped[str] = mapped_column(sa.String(120))
    county: Mapped[str] = mapped_column(sa.String(40), default="")
    category: Mapped[str] = mapped_column(sa.String(40), default="")
    product: Mapped[str] = mapped_column(sa.String(120))
    quantity: Mapped[int]
    amount_fen: Mapped[int]  # after what went back
