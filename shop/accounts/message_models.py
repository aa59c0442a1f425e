"""By which ways a person wants to hear of what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from shop.storage.base import Base


class MessageTopic(StrEnum):
    ORDERS = "orders"  # one's own orders, money and claims
    PARCELS = "parcels"  # where they are
    REVIEWS = "reviews"  # invitations to say what goods were like, and answers
    RESTOCK = "restock"  # what somebody waits for can be bought again
    VILLAGE = "village"  # tasks that nobody answers, to coordinators
    ORGANISATION = "organisation"  # what an organisation has to pay


class MessageWay(StrEnum):
    """In the order in which they are tried and listed."""

    MAIL = "mail"
    TEXT = "text"
    ROBOT = "robot"


class RobotKind(StrEnum):
    WECOM = "wecom"
    DINGTALK = "dingtalk"


class MessageChoice(Base):
    """No row is the shop's own rule: mail, and a text message to who has no mail address."""

    __tablename__ = "message_choices"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    topic: Mapped[MessageTopic] = mapped_column(primary_key=True)
    ways: Mapped[list[Any]]  # of MessageWay; none where the topic is off


class MessageRobot(Base):
    """The robot of a group chat that writes what its person hears of. Who has its key can write there: it lies sealed."""

    __tablename__ = "message_robots"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[RobotKind]
    sealed_key: Mapped[str] = mapped_column(sa.String(1000))
    set_at: Mapped[datetime]
