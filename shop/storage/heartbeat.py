"""When each background process was last seen alive."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from shop.storage.base import Base


class Heartbeat(Base):
    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime]


def beat(session: Session, name: str, *, now: datetime) -> None:
    session.merge(Heartbeat(name=name, at=now))


def last_beat(session: Session, name: str) -> datetime | None:
    return session.scalar(sa.select(Heartbeat.at).where(Heartbeat.name == name))
