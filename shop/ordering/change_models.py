"""What was changed of an order after it was paid: who, when, from what to what, and what it did to the money."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.ordering.models import Order
from shop.storage.base import Base, PrimaryKey


class ChangeKind(StrEnum):
    REDIRECTED = "redirected"  # another address, point, truck, way or recipient
    FEWER = "fewer"  # units left the order, and their price went back
    ADDED = "added"  # more is asked for, as an order beside it
    EXCHANGED = "exchanged"  # units left it, and others are asked for as an order beside it


class OrderChange(Base):
    """One change. `difference_fen` is signed: above nothing the buyer is to pay it, below it goes back.

    `waived_fen`: freight that the buyer would have paid and the shop does not ask for; below nothing, what it had not
    asked for before and what a cheaper way makes up for now.
    """

    __tablename__ = "order_changes"
    __table_args__ = (
        sa.CheckConstraint(
            "waived_fen = 0 OR kind IN ('redirected', 'added', 'exchanged')", name="only_freight_is_waived"
        ),
        sa.CheckConstraint(
            "(supplement_id IS NULL) = (kind IN ('redirected', 'fewer'))", name="more_is_an_order_beside_it"
        ),
    )

    id: Mapped[PrimaryKey]
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    kind: Mapped[ChangeKind]
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    by_team: Mapped[bool]
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it changes once
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    difference_fen: Mapped[int] = mapped_column(default=0)
    waived_fen: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    supplement_id: Mapped[int | None] = mapped_column(sa.ForeignKey(Order.id), unique=True)
