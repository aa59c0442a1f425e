"""By which ways one letter goes out: chosen by who reads it, each sent and tried again for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.message_models import MessageChoice, MessageRobot, MessageWay
from shop.notifications.letter import Letter, SealedRobot
from shop.notifications.letters import compose
from shop.notifications.messages import OUTBOX_KIND
from shop.notifications.readers import account_that_reads
from shop.notifications.topics import TOPICS
from shop.storage.outbox import ClaimedMessage, enqueue


def compose_for_reader(session: Session, message: ClaimedMessage, *, now: datetime) -> Letter | None:
    """The letter for the one way of this message; None where there is nobody to write to, or they want none.

    At its first attempt a message takes the first of the ways and puts the others into the outbox, under names of
    their own: a way that fails is tried again alone, and no other goes out twice.
    """
    letter = compose(session, message.payload, now=now)
    if letter is None:
        return None
    if "way" in message.payload:
        return _by(session, letter, MessageWay(message.payload["way"]), message.payload)
    if letter.message not in TOPICS:
        return letter
    ways = _chosen(session, letter, message.payload)
    if ways is None:
        return letter
    for way in ways[1:]:
        payload = dict(message.payload) | {"way": way.value}
        enqueue(session, OUTBOX_KIND, payload, dedupe_key=f"{message.dedupe_key}:{way}", now=now)
    return _by(session, letter, ways[0], message.payload) if ways else None


def _chosen(session: Session, letter: Letter, payload: Mapping[str, Any]) -> Sequence[MessageWay] | None:
    """None for the shop's own rule: nothing chosen, or nothing of it leads anywhere any more."""
    user_id = account_that_reads(session, payload)
    choice = session.get(MessageChoice, (user_id, TOPICS[letter.message])) if user_id else None
    if choice is None:
        return None
    robot = session.get(MessageRobot, user_id)
    leads = {MessageWay.MAIL: letter.email, MessageWay.TEXT: letter.phone, MessageWay.ROBOT: robot}
    ways = [way for way in MessageWay if way in choice.ways and leads[way]]
    return ways if ways or not choice.ways else None


def _by(session: Session, letter: Letter, way: MessageWay, payload: Mapping[str, Any]) -> Letter | None:
    """None where the robot was removed since it was chosen."""
    if way is MessageWay.MAIL:
        return replace(letter, phone=None)
    if way is MessageWay.TEXT:
        return replace(letter, email=None)
    robot = session.get(MessageRobot, account_that_reads(session, payload))
    return replace(letter, robot=SealedRobot(robot.kind, robot.sealed_key)) if robot else None
