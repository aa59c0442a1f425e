"""Two mountain ridges, one before the other: what was sold each week, and what of it households have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BASE = 226
TALLEST = 170
AXIS = 32
SHOULDER = 0.22  # of a week's width, beside its peak
VALLEY = 0.86  # of the lower neighbour's height


@dataclass(frozen=True)
class Peak:
    """Where a week's summit stands; `shown` is its amount where there is room to write it."""

    x: float
    y: float
    label: str
    shown: str


@dataclass(frozen=True)
class Ridge:
    box: str
    width: int
    base: int
    floor: int
    back: str
    front: str
    cuts: str
    sun: tuple[float, float]
    peaks: tuple[Peak, ...]


def ridge(
    back: Sequence[int], front: Sequence[int], labels: Sequence[str], shown: Sequence[str], *, width: int
) -> Ridge:
    """`back` and `front` are amounts by week, `labels` and `shown` their words; the path is in a box of `width`."""
    highest = max([*back, 1])
    step = width / max(len(back), 1)
    centres = [step * (place + 0.5) for place in range(len(back))]
    behind, before = ([BASE - TALLEST * max(one, 0) / highest for one in row] for row in (back, front))
    every = max(1, round(len(back) / 4))
    last = len(back) - 1
    peaks = tuple(
        Peak(round(x, 1), round(y, 1), labels[place], shown[place] if (last - place) % every == 0 else "")
        for place, (x, y) in enumerate(zip(centres, behind, strict=True))
    )
    sun = centres[len(centres) * 2 // 3] if centres else width / 2
    return Ridge(
        box=f"0 0 {width} {BASE + AXIS}",
        width=width,
        base=BASE,
        floor=AXIS,
        back=_path(centres, behind, step, width),
        front=_path(centres, before, step, width),
        cuts=" ".join(_crescents(x, y) for x, y in zip(centres, before, strict=True) if y < BASE - 40),
        sun=(round(sun + step / 2, 1), 66.0),
        peaks=peaks,
    )


def _path(centres: Sequence[float], heights: Sequence[float], step: float, width: int) -> str:
    """Up and down with a shoulder on either side of every summit, closed along the base."""
    points: list[tuple[float, float]] = []
    for place, (x, y) in enumerate(zip(centres, heights, strict=True)):
        left = _valley(heights[place - 1] if place else y, y)
        points += [(x - step / 2, left), (x - step * SHOULDER, (left + y) / 2), (x, y)]
        right = _valley(y, heights[place + 1] if place + 1 < len(heights) else y)
        points.append((x + step * SHOULDER, (right + y) / 2))
    if points:
        points.append((width + 20, points[-1][1]))
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M-20 {BASE}L{line}V{BASE}Z" if line else ""


def _valley(left: float, right: float) -> float:
    """Between two summits: a little lower than the lower one."""
    return BASE - VALLEY * (BASE - max(left, right))


def _crescents(x: float, y: float) -> str:
    """The cuts in the paper below a summit."""
    return f"M{x - 16:.1f} {y + 34:.1f}q16-11 32 0q-16-5-32 0z"
