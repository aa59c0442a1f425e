"""What becomes of orders above a limit, for the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ApprovalAsked:
    """Those who may approve are told."""

    approval_id: int
    at: datetime


@dataclass(frozen=True)
class OrderApproved:
    """The second person agrees: the order is accepted on the organisation's terms, in this transaction."""

    approval_id: int
    order_id: int
    organisation_id: int
    at: datetime


@dataclass(frozen=True)
class ApprovalEnded:
    """It was returned, or nobody said anything in time: who ordered is told."""

    approval_id: int
    at: datetime
