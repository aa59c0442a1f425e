"""What reviews tell the floors above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReviewHidden:
    """Its author is told why, and that it may be written differently."""

    review_id: int
    order_id: int


@dataclass(frozen=True)
class ReviewAnswered:
    review_id: int
    order_id: int
