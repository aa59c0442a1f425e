"""Units that a coordinator gave to another household than the fairness rule: written down and published."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.catalogue.models import Producer, Variant, Village
from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class Override(Base):
    """So many units of one variant of one order, and whom the rule would have given them."""

    __tablename__ = "overrides"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("reason <> ''", name="reason_is_said"),
        sa.Index("ix_overrides_village_at", "village_id", "at"),
    )

    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(index=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    village_id: Mapped[int] = mapped_column(sa.ForeignKey("villages.id"))  # whose coordinator decided
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    units: Mapped[int]
    household_fen: Mapped[int]  # what they earn
    from_producer_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    by_rule_id: Mapped[int | None] = mapped_column(sa.ForeignKey("producers.id"))  # None: the rule had nobody
    given_to_id: Mapped[int] = mapped_column(sa.ForeignKey("producers.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))

    order: Mapped[Order] = relationship(lazy="raise")
    village: Mapped[Village] = relationship(lazy="raise")
    variant: Mapped[Variant] = relationship(lazy="raise")
    by_rule: Mapped[Producer | None] = relationship(lazy="raise", foreign_keys=[by_rule_id])
    given_to: Mapped[Producer] = relationship(lazy="raise", foreign_keys=[given_to_id])
