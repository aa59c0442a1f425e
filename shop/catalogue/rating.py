"""What buyers' stars come to: counted whole, and shown with one decimal."""

from __future__ import annotations

from dataclasses import dataclass


def mean_stars(total: int, count: int) -> str | None:
    """The mean of `count` reviews whose stars add up to `total`, rounded half up: 4.8; None for no review."""
    if not count:
        return None
    tenths = (20 * total + count) // (2 * count)
    return f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True, slots=True)
class Rating:
    """How many reviews gave one star, two, and so on."""

    by_stars: tuple[int, int, int, int, int]

    @property
    def count(self) -> int:
        return sum(self.by_stars)

    @property
    def mean(self) -> str | None:
        return mean_stars(
            sum(stars * count for stars, count in enumerate(self.by_stars, start=1)), self.count
        )

    @property
    def rows(self) -> list[tuple[int, int, int]]:
        """Five stars first: the stars, how many reviews, and which share of all in whole per cent."""
        return [
            (stars, self.by_stars[stars - 1], round(100 * self.by_stars[stars - 1] / (self.count or 1)))
            for stars in range(5, 0, -1)
        ]
