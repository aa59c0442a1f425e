"""What keeps a product from being published, in the reader's language."""

from __future__ import annotations

from shop.catalogue.errors import CannotPublish
from shop.web.error_pages import translated
from shop.web.filters import bilingual
from shop.web.times import day


def reason_sentences(error: CannotPublish) -> list[str]:
    """One sentence for each certificate that is missing or expired, and for whatever else is in the way."""
    return [
        translated(
            reason.message,
            {
                "name": bilingual(reason, "name"),
                "day": day(reason.day, year=True, weekday=False) if reason.day else "",
            },
        )
        for reason in error.reasons
    ]
