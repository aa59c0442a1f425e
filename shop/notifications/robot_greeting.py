"""The first thing that a robot writes in its group, so that its person sees whether it can."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.events import RobotSet
from shop.accounts.message_models import MessageRobot, MessageWay
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message
from shop.storage.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class Greeting:
    """Neither: it is on its way, or is tried again."""

    came: bool
    refused: bool


def greet(session: Session, event: RobotSet) -> None:
    enqueue_message(
        session,
        Message.ROBOT_GREETING,
        user_id=event.user_id,
        way=MessageWay.ROBOT,
        dedupe_key=_key(event.user_id, event.at.isoformat()),
        now=event.at,
    )


def greeting_of(session: Session, user_id: int) -> Greeting | None:
    """Of the robot that the person has now; None where it has none. Two statements."""
    robot = session.get(MessageRobot, user_id)
    if robot is None:
        return None
    key = f"{Message.ROBOT_GREETING}:{_key(user_id, robot.set_at.isoformat())}"
    row = session.execute(
        sa.select(OutboxMessage.sent_at, OutboxMessage.failed_at, OutboxMessage.attempts).where(
            OutboxMessage.dedupe_key == key
        )
    ).one_or_none()
    if row is None:  # so old that it was forgotten
        return Greeting(came=True, refused=False)
    return Greeting(came=row.sent_at is not None, refused=row.failed_at is not None)


def _key(user_id: int, moment: str) -> str:
    return f"{user_id} {moment}"
