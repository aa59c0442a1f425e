"""Standing prices by quantity: where a quotation begins."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class OrganisationPrice(Base):
    """A standing price by quantity for one organisation, or for all of them: where a quotation begins."""

    __tablename__ = "organisation_prices"
    __table_args__ = (
        sa.Index(
            "uq_organisation_prices_of_all",
            *("variant_id", "from_quantity"),
            unique=True,
            sqlite_where=sa.text("organisation_id IS NULL"),
            postgresql_where=sa.text("organisation_id IS NULL"),
        ),
        sa.UniqueConstraint("organisation_id", "variant_id", "from_quantity"),
        sa.CheckConstraint("from_quantity > 0 AND unit_price_fen > 0", name="something_for_something"),
    )

    id: Mapped[PrimaryKey]
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisations.id"))
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"), index=True)
    from_quantity: Mapped[int]
    unit_price_fen: Mapped[int]
    set_at: Mapped[datetime]
    set_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
