"""What favourites tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BackInStock:
    """It is this person's turn to hear that a pack can be bought again."""

    user_id: int
    variant_id: int
    asked_at: datetime
    at: datetime
