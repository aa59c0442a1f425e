"""What the county hub does with goods, what each step costs, and what waits there to be packed anew."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_USER = "users.id"
_STANDS = sa.text("undone_at IS NULL")
_WAITS = sa.text("done_at IS NULL AND withdrawn_at IS NULL")


class HubStepKind(StrEnum):
    RECEIVE = "receive"  # a household's or workshop's part of an order came in: one for each task
    ASSEMBLE = "assemble"  # gift boxes were put together: one for each box
    REPACK = "repack"  # units of lots were packed anew: one for each pack that came out
    MERGE = "merge"  # the parcels of one order became one: one for each order


class HubRates(Base):
    """What the hub is paid for a step from a Shanghai day on. A row never changes: a later one overrules it."""

    __tablename__ = "hub_rates"
    __table_args__ = (
        sa.CheckConstraint(
            "receive_fen >= 0 AND assemble_fen >= 0 AND repack_fen >= 0 AND merge_fen >= 0",
            name="nothing_below_zero",
        ),
        sa.Index("ix_hub_rates_valid_from", "valid_from", "id"),
    )

    id: Mapped[PrimaryKey]
    valid_from: Mapped[date]
    receive_fen: Mapped[int]
    assemble_fen: Mapped[int]
    repack_fen: Mapped[int]
    merge_fen: Mapped[int]
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))


class HubStep(Base):
    """Somebody at the hub did so many pieces of work at the price of that day: it costs ``count`` × ``price_fen``.

    ``subject`` is the code of the task, parcel or lot that it was done with. A step that stands is one for each kind
    and subject, so pressing twice costs once; one that was undone stays, and its cost is taken back.
    """

    __tablename__ = "hub_steps"
    __table_args__ = (
        sa.CheckConstraint("count > 0", name="count_positive"),
        sa.CheckConstraint("price_fen >= 0", name="price_not_negative"),
        sa.Index(
            "uq_hub_steps_that_stand",
            "kind",
            "subject",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        sa.Index("ix_hub_steps_place_done_at", "packing_place_id", "done_at"),
        sa.Index("ix_hub_steps_done_at", "done_at"),
    )

    id: Mapped[PrimaryKey]
    kind: Mapped[HubStepKind]
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    subject: Mapped[str] = mapped_column(sa.String(32))
    order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lots.id"), index=True)
    count: Mapped[int]
    price_fen: Mapped[int]  # of one piece
    done_at: Mapped[datetime]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))


class MergedParcel(Base):
    """A parcel as it was before the hub put it into one with the others of its order.

    Its label still sticks on the box inside, so its code leads to the one that it lies in; taken apart again, it is as
    it was. ``task_ids`` are the tasks that were packed in it.
    """

    __tablename__ = "merged_parcels"

    id: Mapped[PrimaryKey]
    step_id: Mapped[int] = mapped_column(sa.ForeignKey("hub_steps.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(16), index=True)
    number: Mapped[int]
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    weight_g: Mapped[int]
    packed_at: Mapped[datetime]
    packed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    task_ids: Mapped[list[Any]]


class RepackRequest(Base):
    """A village asks the hub to pack units of its lots anew. Until the hub does, the units stay for sale in their lots.

    ``attempt`` counts how often it was packed: undone, it waits again.
    """

    __tablename__ = "repack_requests"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("done_at IS NULL OR withdrawn_at IS NULL", name="done_or_withdrawn"),
        sa.CheckConstraint("(done_at IS NULL) = (lot_id IS NULL)", name="done_has_lot"),
        sa.Index(
            "ix_repack_requests_waiting",
            "packing_place_id",
            "id",
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
    )

    id: Mapped[PrimaryKey]
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form: sent twice, it asks once
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    producer_id: Mapped[int] = mapped_column(
        sa.ForeignKey("producers.id"), index=True
    )  # the workshop that keeps it
    variant_id: Mapped[int] = mapped_column(sa.ForeignKey("variants.id"))
    units: Mapped[int]  # packs that come out
    taken: Mapped[dict[str, Any]]  # units that go in, by lot
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
    attempt: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    lot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("lots.id"), unique=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey(_USER, ondelete="SET NULL"))
