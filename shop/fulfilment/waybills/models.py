"""Waybills (电子面单): what was asked of a provider for a parcel, and what it gave."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

# The kinds of outbox messages by which a provider is asked.
WAYBILL: Final = "waybill"
WAYBILL_CANCEL: Final = "waybill_cancel"


class WaybillState(StrEnum):
    REQUESTED = "requested"
    ISSUED = "issued"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE: Final = (WaybillState.REQUESTED, WaybillState.ISSUED)
_IS_LIVE: Final = sa.text("state IN ('requested', 'issued')")


class Waybill(Base):
    """One carrier's waybill for one parcel; a parcel never has two live ones.

    It keeps what a provider is told of the parcel, so that a question asked again is the same question, also when the
    parcel is no more. ``reference`` is our name for it; ``reason`` and ``says`` tell why there is none, or why it was
    not cancelled.
    """

    __tablename__ = "waybills"
    __table_args__ = (
        sa.CheckConstraint("state <> 'issued' OR number IS NOT NULL", name="issued_with_number"),
        sa.CheckConstraint("state <> 'cancelled' OR cancelled_at IS NOT NULL", name="cancelled_at_some_time"),
        sa.UniqueConstraint("carrier", "number"),
        sa.Index("ix_waybills_live", "parcel_id", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
        sa.Index("ix_waybills_place_state", "packing_place_id", "state"),
    )  # fmt: skip

    id: Mapped[PrimaryKey]
    reference: Mapped[str] = mapped_column(sa.String(32), unique=True)
    parcel_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("parcels.id", ondelete="SET NULL"), index=True
    )
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    carrier: Mapped[str] = mapped_column(sa.String(16))
    provider: Mapped[str] = mapped_column(sa.String(20))
    weight_g: Mapped[int]
    contents: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[WaybillState] = mapped_column(default=WaybillState.REQUESTED)
    number: Mapped[str | None] = mapped_column(sa.String(40))
    route_code: Mapped[str] = mapped_column(sa.String(60), default="")
    hub: Mapped[str] = mapped_column(sa.String(60), default="")
    provider_ref: Mapped[str] = mapped_column(sa.String(80), default="")
    reason: Mapped[str] = mapped_column(sa.String(20), default="")
    says: Mapped[str] = mapped_column(sa.String(200), default="")  # the provider's own words
    # Of the outbox message that is about it now: the one that asks for it, then the one that cancels it.
    message_key: Mapped[str] = mapped_column(sa.String(80))
    tried_at: Mapped[datetime | None]  # that message was brought to the provider, whatever came of it
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    issued_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]  # it must not be used any more, whatever its state
    cancelled_at: Mapped[datetime | None]
