"""What campaigns tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class CampaignApprovalAsked:
    """Those who may approve its bill are told."""

    approval_id: int
    at: datetime


@dataclass(frozen=True)
class CampaignApprovalEnded:
    """It was approved, returned, or nobody said anything in time: who wanted to close it is told."""

    approval_id: int
    at: datetime
