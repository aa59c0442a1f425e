"""How evenly an income falls on people: the Lorenz curve and its Gini coefficient."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

Point = tuple[float, float]
EVEN: tuple[Point, Point] = ((0.0, 0.0), (1.0, 1.0))
MOST_POINTS = 120  # more than a screen can show


def lorenz(households: Iterable[tuple[int, int]]) -> list[Point]:
    """Shares of income over shares of people, the poorest per head first; each household is (people, fen).

    Everybody of a household has the same. Nobody, or no income at all, is perfectly even.
    """
    ordered = sorted(households, key=lambda one: one[1] / one[0])
    all_people, all_income = sum(people for people, _ in ordered), sum(fen for _, fen in ordered)
    if not all_income:
        return list(EVEN)
    points, people, income = [EVEN[0]], 0, 0
    for heads, fen in ordered:
        people, income = people + heads, income + fen
        points.append((people / all_people, income / all_income))
    return points


def gini(points: Sequence[Point]) -> float:
    """0 is perfectly even, nearly 1 is one person with everything: how far the curve hangs below the diagonal."""
    return 1 - sum((right[0] - left[0]) * (right[1] + left[1]) for left, right in pairwise(points))


def thinned(points: Sequence[Point]) -> list[Point]:
    """As few points as a drawing needs, the ends among them."""
    every = -(-len(points) // MOST_POINTS)
    return [point for place, point in enumerate(points) if place % every == 0 or place == len(points) - 1]
