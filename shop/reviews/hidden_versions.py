"""Which versions of a review the shop has hidden: none of them comes back by its author alone, however long ago it was."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from shop.reviews.models import Review, ReviewEvent

_DECISIONS = frozenset({"hidden", "published", "restored"})


@dataclass(frozen=True, slots=True)
class HiddenVersion:
    """What it said, with how many photos, until its author changed it; None: it stands there still."""

    text: str
    photos: int
    until: datetime | None = None


def says_what_was_hidden(review: Review, text: str, without_photos: Collection[int]) -> bool:
    """The words of a hidden version, with all photos that it had. Without one of them it may be shown."""
    return any(
        _letters(version.text) == _letters(text) and _photos_left(review, version, without_photos)
        for version in _hidden_versions(review)
    )


def was_hidden(review: Review) -> bool:
    """By the shop, which has not shown it again since; whether its author withdrew it or wrote it anew meanwhile."""
    decisions = [event.kind for event in review.events if event.kind in _DECISIONS]
    return bool(decisions) and decisions[-1] == "hidden"


def _hidden_versions(review: Review) -> Iterator[HiddenVersion]:
    """What a version said is written down when it is changed; the last one is what stands there. One that was shown
    again is none.
    """
    is_hidden = False
    for event in review.events:
        if event.kind in _DECISIONS:
            is_hidden = event.kind == "hidden"
        elif event.kind == "changed":
            if is_hidden and "text" in event.facts:
                yield _before(event)
            is_hidden = False
    if is_hidden:
        yield HiddenVersion(review.text, len(review.photos))


def _before(changed: ReviewEvent) -> HiddenVersion:
    return HiddenVersion(changed.facts["text"], int(changed.facts.get("photos", 0)), changed.at)


def _photos_left(review: Review, version: HiddenVersion, without: Collection[int]) -> bool:
    """Whether its author leaves each of the version's photos; those that came later are none of them."""
    left = [
        photo
        for photo in review.photos
        if photo.id not in without and (version.until is None or photo.created_at < version.until)
    ]
    return len(left) >= version.photos


def _letters(text: str) -> str:
    """As it is read: another comma, blank or width says nothing else."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum()) or plain.strip()
