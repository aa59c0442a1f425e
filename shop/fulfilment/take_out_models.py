"""Goods of a recalled lot that lie in a closed box, or among what came in at the hub."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey

_WAITS = sa.text("done_at IS NULL")


class TakeOut(Base):
    """Somebody has to take them out, whatever becomes of the recall: what was packed is not what the order has now.

    With a `parcel_code` they lie in that box, which is no parcel of the shop any more; without one they lie loose, as
    the goods of the task `task_code`.
    """

    __tablename__ = "take_outs"
    __table_args__ = (
        sa.CheckConstraint("units > 0", name="units_positive"),
        sa.CheckConstraint("(parcel_code = '') <> (task_code = '')", name="in_a_box_or_loose"),
        sa.UniqueConstraint("recall_id", "parcel_code", "task_code"),
        sa.Index("ix_take_outs_waiting", "packing_place_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        sa.Index("ix_take_outs_on_truck", "run_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[PrimaryKey]
    recall_id: Mapped[int] = mapped_column(sa.ForeignKey("lot_recalls.id"))
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("orders.id"), index=True)
    packing_place_id: Mapped[int] = mapped_column(sa.ForeignKey("packing_places.id"))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))  # the truck on which the box stands
    parcel_code: Mapped[str] = mapped_column(sa.String(16), default="")
    task_code: Mapped[str] = mapped_column(sa.String(16), default="")
    units: Mapped[int]
    task_ids: Mapped[list[int]] = mapped_column(sa.JSON)  # whose sound goods lie in the box
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
