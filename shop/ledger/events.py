"""What happened in the books that others answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class PayeeChanged:
    """Money of a household goes elsewhere from `usable_from` on; `old_phone` is whom the shop knew before."""

    household_id: int
    version: int
    old_phone: str
    at: datetime
    usable_from: datetime


@dataclass(frozen=True)
class PayoutPaid:
    """Money of a payout has left; again, when it was sent back and left a second time."""

    payout_id: int


@dataclass(frozen=True)
class ChargesGivenBack:
    """The recall was lifted, and what these households had borne of its refunds is theirs again."""

    recall_id: int
    household_ids: tuple[int, ...]
