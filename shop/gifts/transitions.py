"""What may become of a gift."""

from __future__ import annotations

from typing import Final

from shop.gifts.models import GiftStatus
from shop.kit.transitions import Transitions

GIFT_STATES: Final = Transitions[GiftStatus](
    {
        # The buyer pressed the button, below a limit or above it, or threw the draft away.
        GiftStatus.DRAFT: {GiftStatus.PLACING, GiftStatus.WAITING, GiftStatus.DROPPED},
        # Somebody agreed; or it was returned, withdrawn or not answered, and is as it was before.
        GiftStatus.WAITING: {GiftStatus.PLACING, GiftStatus.DRAFT, GiftStatus.STOPPED, GiftStatus.PLACED},
        # Every recipient has an order, or goods, prices or terms are not what they were.
        GiftStatus.PLACING: {GiftStatus.PLACED, GiftStatus.STOPPED},
        # The buyer looked and goes on, or leaves the rest out.
        GiftStatus.STOPPED: {GiftStatus.PLACING, GiftStatus.WAITING, GiftStatus.PLACED, GiftStatus.DRAFT},
        # Rows that were mended afterwards go too.
        GiftStatus.PLACED: {GiftStatus.PLACING, GiftStatus.WAITING},
        GiftStatus.DROPPED: set(),
    }
)
