"""Villages as mountains: the higher, the more money went there. Geometry only; a template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STEP: Final = 225  # from one mountain to the next
WIDTH: Final = 210
GROUND: Final = 350
HIGHEST: Final = 270
LOWEST: Final = 60

# Corners of a ridge as (x, part of the height).
_RIDGE: Final = ((0, 0.0), (43, 0.463), (59, 0.4), (105, 1.0), (139, 0.622), (155, 0.581), (210, 0.0))
_SNOW: Final = ((105, 1.0), (120, 0.833), (109, 0.87), (99, 0.8), (88, 0.781))
_FIELDS: Final = ((53, 32), (89, 20), (125, 32))


@dataclass(frozen=True, slots=True)
class Peak:
    """Paths and the place of the words of one mountain; `tone` is m1, m2 or m3."""

    ridge: str
    snow: str
    fields: str
    x: int
    top: int
    tone: str


def peaks(values: Sequence[int]) -> list[Peak]:
    """One mountain for each value, from left to right; heights in proportion, but none too low to be seen."""
    highest = max(values, default=0) or 1
    return [
        _peak(place, max(LOWEST, HIGHEST * value // highest), tone)
        for place, (value, tone) in enumerate(zip(values, _tones(len(values)), strict=True))
    ]


def picture_width(count: int) -> int:
    """The width of the whole picture for so many mountains."""
    return max(count - 1, 0) * STEP + WIDTH


def _tones(count: int) -> list[str]:
    return [("m2", "m1", "m3")[place % 3] for place in range(count)]


def _peak(place: int, height: int, tone: str) -> Peak:
    left = place * STEP
    fields = "".join(f"M{left + x} {GROUND - y}q12 -9 24 0q-12 -4 -24 0z" for x, y in _FIELDS)
    return Peak(
        ridge=_path(left, height, _RIDGE),
        snow=_path(left, height, _SNOW),
        fields=fields,
        x=left + WIDTH // 2,
        top=GROUND - height,
        tone=tone,
    )


def _path(left: int, height: int, corners: Sequence[tuple[int, float]]) -> str:
    points = [f"{left + x} {GROUND - round(height * part)}" for x, part in corners]
    return f"M{'L'.join(points)}Z"
