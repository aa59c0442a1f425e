"""A letter: to whom, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shop.accounts.message_models import RobotKind
from shop.notifications.messages import Message


@dataclass(frozen=True)
class SealedRobot:
    kind: RobotKind
    sealed_key: str


@dataclass(frozen=True)
class Letter:
    """To whom, in which language, and the facts that its templates use. A robot goes before address and telephone."""

    message: Message
    language: str
    email: str | None
    phone: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    robot: SealedRobot | None = None
