"""What of a review somebody has to look at before everybody reads it."""

from __future__ import annotations

from typing import Final

from shop.catalogue.claims import claims_in
from shop.kit.contact_details import contacts_in
from shop.reviews.models import ReviewStatus

LONGEST_FLAGS: Final = 200


def flags_in(text: str) -> str:
    """The words that make a review wait: claims of effect, and ways to reach somebody; empty where there are none."""
    found = [*claims_in([text]), *contacts_in(text)]
    return " · ".join(dict.fromkeys(found))[:LONGEST_FLAGS]


def first_status(flags: str, *, with_photos: bool, look_first: bool, was_hidden: bool) -> ReviewStatus:
    """Plain text is shown at once, whatever it thinks of the goods; photos, flagged words and what takes the place of
    something hidden are looked at first.
    """
    is_looked_at = flags or with_photos or look_first or was_hidden
    return ReviewStatus.WAITING if is_looked_at else ReviewStatus.PUBLISHED
