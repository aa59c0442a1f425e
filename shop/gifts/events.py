"""What gifts tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class GiftPlaced:
    """Every recipient has an order, or something stopped the gift: who ordered is told once of all of it."""

    gift_id: int
    at: datetime


@dataclass(frozen=True)
class GiftApprovalAsked:
    """Those who may approve are told."""

    approval_id: int
    at: datetime


@dataclass(frozen=True)
class GiftApprovalEnded:
    """It was approved, returned, or nobody said anything in time: who ordered is told."""

    approval_id: int
    at: datetime
