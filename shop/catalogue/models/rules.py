"""How prices are divided, and which version of the catalogue public pages show."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


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


class CatalogueVersion(Base):
    """One row: bumped last in the transaction of every change that a public page shows."""

    __tablename__ = "catalogue_version"

    id: Mapped[PrimaryKey]
    version: Mapped[int] = mapped_column(default=1)
