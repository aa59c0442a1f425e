"""Photos by which a producer shows what it declared: for its own people, its coordinators and the shop's team."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base, PrimaryKey


class LotPhotoState(StrEnum):
    EXPECTED = "expected"  # the phone has it, and sends it when there is a network
    PROCESSING = "processing"  # here as it was sent; the worker makes it anew
    READY = "ready"
    REFUSED = "refused"  # no picture after all


class LotPhoto(Base):
    """A photo of a lot. `token` is the digest of the press or form that brought it: sent twice, it is one photo.

    `picked_at`: an admin showed it with the product, as `picture_id`; it goes from there when this one is deleted.
    """

    __tablename__ = "lot_photos"

    id: Mapped[PrimaryKey]
    lot_id: Mapped[int] = mapped_column(sa.ForeignKey("lots.id", ondelete="CASCADE"), index=True)
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # random; the file's name in storage
    state: Mapped[LotPhotoState] = mapped_column(index=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    picked_at: Mapped[datetime | None]
    picture_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("product_pictures.id", ondelete="SET NULL"), index=True
    )
