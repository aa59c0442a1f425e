"""The geometry of bars and charts, so that templates only draw.

Charts live in a box of 640 × 240 units; axes leave room for labels on the left, for millions beyond it, and below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

from shop.web.phrases import say
from shop.web.statuses import look

WIDTH: Final = 640
HEIGHT: Final = 240
BEYOND: Final = 24
LEFT: Final = 56
RIGHT: Final = 632
TOP: Final = 20
BOTTOM: Final = 204
MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a bar: `x` and `width` are percentages with two decimals."""

    label: str
    tone: str
    value: int
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Mark:
    """One value in a chart: where its bar or point stands, and whether its labels are shown."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float
    labelled: bool


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    path: str
    area: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...] = ()
    lines: tuple[Line, ...] = ()
    box: str = f"{-BEYOND} 0 {WIDTH + BEYOND} {HEIGHT}"


def _segments(parts: Sequence[tuple[str, str, int]], total: int) -> list[Segment]:
    """Cumulative edges in hundredths of a percent, so that the parts meet and the last one ends at the total."""
    segments, before = [], 0
    for label, tone, value in parts:
        start, end = (10000 * edge // total if total else 0 for edge in (before, before + value))
        segments.append(Segment(label, tone, value, _hundredths(start), _hundredths(end - start)))
        before += value
    return segments


def _hundredths(number: int) -> str:
    return f"{number // 100}.{number % 100:02d}%"


def flow_segments(parts: Any) -> list[Segment]:
    """Where money goes.

    `parts` is a dataclass whose fields are the split's keys in fen, or a list of parts with `amount_fen` and
    either `key` (a word of the split) or `label` and `tone`.
    """
    if is_dataclass(parts):
        parts = [{"key": field.name, "amount_fen": getattr(parts, field.name)} for field in fields(parts)]
    named = [_flow_part(part) for part in parts]
    return _segments(named, sum(amount for _, _, amount in named))


def _flow_part(part: Mapping[str, Any]) -> tuple[str, str, int]:
    shown = look("split", str(part.get("key", "")))
    label = part.get("label") or say(shown.word)
    return str(label), str(part.get("tone") or shown.tone), int(part["amount_fen"])


def bar_segments(parts: Sequence[Mapping[str, Any]], total: int | None = None) -> list[Segment]:
    """Shares of a known total, or of the sum of the parts; parts have `value`, and `label` and `tone` if wanted."""
    named = [(str(part.get("label", "")), str(part.get("tone", "")), int(part["value"])) for part in parts]
    return _segments(named, total if total is not None else sum(value for _, _, value in named))


def _nice_ceiling(largest: int) -> int:
    """Four equal steps of a round number, the least that reaches the largest value."""
    step = -(-max(largest, 1) // 4)
    power = int(10 ** (len(str(step)) - 1))
    round_steps = (power * halves // 2 for halves in (2, 3, 4, 5, 6, 8, 10, 12, 16, 20))
    return 4 * next(round_step for round_step in round_steps if round_step >= step)


def _ticks(ceiling: int) -> tuple[Tick, ...]:
    return tuple(Tick(_height(ceiling * step // 4, ceiling), ceiling * step // 4) for step in range(5))


def _height(value: int, ceiling: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * max(value, 0) / ceiling, 1)


def _labelled(place: int, count: int) -> bool:
    every = -(-count // MOST_LABELS)
    return (count - 1 - place) % every == 0


def _marks(points: Sequence[Mapping[str, Any]], ceiling: int) -> tuple[Mark, ...]:
    count = max(len(points), 1)
    slot = (RIGHT - LEFT) / count
    marks = []
    for place, point in enumerate(points):
        top = _height(point["value"], ceiling)
        marks.append(
            Mark(
                label=str(point["label"]),
                value=point["value"],
                x=round(LEFT + slot * (place + 0.5), 1),
                y=top,
                width=round(min(slot * 0.68, 56), 1),
                height=round(BOTTOM - top, 1),
                labelled=_labelled(place, count),
            )
        )
    return tuple(marks)


def bar_chart(rows: Sequence[Mapping[str, Any]]) -> Chart:
    """Upright bars; rows have `label` and `value` (an int, ≥ 0)."""
    ceiling = _nice_ceiling(max((row["value"] for row in rows), default=0))
    return Chart(ticks=_ticks(ceiling), marks=_marks(rows, ceiling))


def line_chart(series: Sequence[Mapping[str, Any]]) -> Chart:
    """Lines over the same labels; each series has `label` and `points` of `label` and `value`."""
    ceiling = _nice_ceiling(max((point["value"] for line in series for point in line["points"]), default=0))
    lines = []
    for one in series:
        marks = _marks(one["points"], ceiling)
        path = "M" + "L".join(f"{mark.x} {mark.y}" for mark in marks) if marks else ""
        area = f"{path}V{BOTTOM}H{marks[0].x}Z" if marks else ""
        lines.append(Line(str(one["label"]), path, area, marks))
    return Chart(ticks=_ticks(ceiling), lines=tuple(lines))


def lorenz_chart(curves: Sequence[Mapping[str, Any]]) -> Chart:
    """Shares of income over shares of people; each curve has `label` and `points`, pairs from (0, 0) to (1, 1)."""
    side = 320
    lines = []
    for curve in curves:
        corners = [(round(40 + x * 280, 1), round(20 + (1 - y) * 280, 1)) for x, y in curve["points"]]
        path = "M" + "L".join(f"{x} {y}" for x, y in corners) if corners else ""
        lines.append(Line(str(curve["label"]), path, f"{path}Z" if path else "", ()))
    return Chart(ticks=(), lines=tuple(lines), box=f"0 0 {side + 20} {side + 20}")
