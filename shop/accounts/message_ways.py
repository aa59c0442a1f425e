"""Each person's choice of ways, and the robot that some of them lead to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.events import RobotSet
from shop.accounts.message_models import MessageChoice, MessageRobot, MessageTopic, MessageWay, RobotKind
from shop.accounts.models import User
from shop.accounts.robot_addresses import read_robot
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.storage.event_log import record
from shop.storage.field_cipher import FieldCipher

MAY_BE_OFF: Final = frozenset({MessageTopic.PARCELS, MessageTopic.REVIEWS, MessageTopic.RESTOCK})


@dataclass(frozen=True)
class Ways:
    """What a person has chosen, and what there is to choose from."""

    chosen: Mapping[MessageTopic, Sequence[MessageWay]]
    robot: RobotKind | None
    has_mail: bool
    has_phone: bool

    def of(self, topic: MessageTopic) -> Sequence[MessageWay]:
        """Where nothing was chosen, the shop's own rule."""
        return self.chosen.get(topic, (MessageWay.MAIL if self.has_mail else MessageWay.TEXT,))


def ways_of(session: Session, user_id: int) -> Ways:
    """Three statements."""
    user = session.get_one(User, user_id)
    robot = session.get(MessageRobot, user_id)
    choices = session.scalars(sa.select(MessageChoice).where(MessageChoice.user_id == user_id))
    return Ways(
        chosen={one.topic: _in_order(one.ways) for one in choices},
        robot=robot.kind if robot else None,
        has_mail=bool(user.email),
        has_phone=bool(user.phone),
    )


def choose_ways(
    session: Session, user_id: int, wanted: Mapping[MessageTopic, Collection[str]], *, now: datetime
) -> None:
    """Raises InvalidInput, whose field is the topic. The same again changes nothing."""
    user, changed = session.get_one(User, user_id), {}
    robot = session.get(MessageRobot, user_id)
    for topic, names in wanted.items():
        ways = _in_order(names)
        _judge(topic, ways, user, robot)
        row = session.get(MessageChoice, (user_id, topic))
        if row is None:
            row = MessageChoice(user_id=user_id, topic=topic, ways=[])
            session.add(row)
        elif row.ways == list(ways):
            continue
        row.ways = list(ways)
        changed[f"ways_{topic}"] = list(ways)
    if changed:
        audit(session, user_id, "user.message_ways_chosen", "user", user_id, changed, now=now)


def set_robot(
    session: Session, user_id: int, address: str, secret: str, *, cipher: FieldCipher, now: datetime
) -> None:
    """In place of the one before. Raises InvalidInput (address, secret)."""
    found = read_robot(address, secret)
    robot = session.get(MessageRobot, user_id)
    if robot is None:
        robot = MessageRobot(user_id=user_id)
        session.add(robot)
    robot.kind, robot.sealed_key, robot.set_at = found.kind, cipher.seal(found.packed()), now
    record(session, RobotSet(user_id, now))
    audit(session, user_id, "user.robot_set", "user", user_id, {"robot": found.kind}, now=now)


def remove_robot(session: Session, user_id: int, *, now: datetime) -> None:
    """What went there alone goes by the shop's own rule again; again: nothing."""
    robot = session.get(MessageRobot, user_id)
    if robot is None:
        return
    session.delete(robot)
    for choice in session.scalars(sa.select(MessageChoice).where(MessageChoice.user_id == user_id)):
        if MessageWay.ROBOT in choice.ways:
            choice.ways = [way for way in choice.ways if way != MessageWay.ROBOT]
            if not choice.ways:
                session.delete(choice)
    audit(session, user_id, "user.robot_removed", "user", user_id, {"robot": robot.kind}, now=now)


def _in_order(names: Collection[str]) -> tuple[MessageWay, ...]:
    return tuple(way for way in MessageWay if way in names)


def _judge(topic: MessageTopic, ways: Sequence[MessageWay], user: User, robot: MessageRobot | None) -> None:
    if not ways and topic not in MAY_BE_OFF:
        raise InvalidInput(
            msg("Please leave at least one way: you would miss what you have to know."), field=topic
        )
    if MessageWay.MAIL in ways and not user.email:
        raise InvalidInput(msg("Your account has no e-mail address."), field=topic)
    if MessageWay.TEXT in ways and not user.phone:
        raise InvalidInput(msg("Please enter your telephone number in your profile first."), field=topic)
    if MessageWay.ROBOT in ways and robot is None:
        raise InvalidInput(msg("Please set up the robot first."), field=topic)
