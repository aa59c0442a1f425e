"""Who follows parcels for the shop: what is asked, what is said, and what a provider must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class JourneyState(StrEnum):
    WAITING = "waiting"  # nothing is known yet
    ON_THE_WAY = "on_the_way"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    TROUBLE = "trouble"  # not deliverable, refused, lost
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Followed:
    """A parcel to be followed: our code of the carrier, its number, and the last four digits of the recipient's
    telephone, which some carriers ask for.
    """

    carrier: str
    number: str
    phone_tail: str


@dataclass(frozen=True, slots=True)
class Report:
    """The newest that is known. `happened_at` is in UTC; `says` is the carrier's own sentence."""

    carrier: str
    number: str
    state: JourneyState
    happened_at: datetime
    says: str


class TrackingUnavailable(Exception):
    """The provider did not answer, or not so that it can be believed. Nothing is known of the parcel."""


class ForgedPush(Exception):
    """Not signed by the provider for this parcel."""


class TrackingProvider(Protocol):
    name: str

    def subscribe(self, parcel: Followed, push_url: str) -> None:
        """Ask to be told of whatever happens to it. Asking twice does no harm. Raises TrackingUnavailable."""

    def query(self, parcel: Followed) -> Report | None:
        """None while the carrier knows nothing of it. Raises TrackingUnavailable."""

    def read_push(self, form: Mapping[str, str]) -> Report | None:
        """What the provider tells by itself; None when it says nothing new. Raises ForgedPush."""

    def accepted(self) -> str:
        """What it wants to read in answer."""
