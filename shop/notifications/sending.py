"""What is sent, and what a way of sending says when it does not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shop.accounts.robot_addresses import RobotAddress


@dataclass(frozen=True)
class Envelope:
    """A finished letter. `short` is what fits into a text message; `key` is our name for it, the same at each try.

    One with a `robot` goes there alone, whatever else is known of its reader.
    """

    email: str | None
    phone: str | None
    subject: str
    text: str
    html: str
    short: str
    key: str = ""
    robot: RobotAddress | None = None


class Channel(Protocol):
    def send(self, envelope: Envelope) -> None:
        """Raises DeliveryFailed (try again later) or PermanentFailure (never)."""


class Texts(Protocol):
    """A way to a telephone."""

    def send_text(self, phone: str, text: str, key: str) -> None:
        """Raises as `Channel.send` does. The same `key` again is the same message: it goes out once."""


class DeliveryFailed(Exception):
    """The service did not take it this time."""
