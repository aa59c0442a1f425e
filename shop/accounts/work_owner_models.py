"""Which person of the team has which work on their desk."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class WorkOwner(Base):
    """Somebody looks after one thing of a pile of the inbox. A note to the others, which locks nothing.

    `money`: a kind of work that only who has the finance permission sees.
    """

    __tablename__ = "work_owners"

    pile: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    item: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), index=True)
    money: Mapped[bool]
    taken_at: Mapped[datetime]
