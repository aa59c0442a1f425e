"""A dashboard in words: each figure beside the days before and a year ago, its course week by week, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from shop.reports.comparing import Compared, Comparison
from shop.reports.definition import Span
from shop.web.filters import grams, percent, yuan
from shop.web.times import day


class Kind(StrEnum):
    FEN = "fen"
    COUNT = "count"
    GRAMS = "grams"


@dataclass(frozen=True)
class Told:
    """How a figure is told: `label` is a message id, `href` leads to the report behind it. `less_is_better`: what grew
    is bad news.
    """

    key: str
    label: str
    kind: Kind = Kind.COUNT
    href: str = ""
    less_is_better: bool = False


@dataclass(frozen=True)
class Alarm:
    """What waits, how much of it, and the list on which it is done."""

    label: str
    count: int
    href: str
    icon: str


def told(seen: Comparison, figures: Sequence[Told]) -> list[dict[str, Any]]:
    return [figure(seen.figures[one.key], one, has_before=seen.before is not None) for one in figures]


def alarms(found: Sequence[Alarm]) -> list[Alarm]:
    """Those of which something waits."""
    return [one for one in found if one.count]


def course(seen: Comparison, figures: Sequence[Told]) -> list[dict[str, Any]]:
    """Series for `chart_line`, a point for each week."""
    return [
        {
            "label": gettext(one.label),
            "points": [
                {"label": f"{monday.month}/{monday.day}", "value": value}
                for monday, value in zip(seen.mondays, seen.figures[one.key].weeks, strict=True)
            ],
        }
        for one in figures
    ]


def days_of(span: Span) -> str:
    has_years = span.first.year != span.last.year
    return (
        f"{day(span.first, year=has_years, weekday=False)} – {day(span.last, year=has_years, weekday=False)}"
    )


def change_of(now: int, then: int) -> str:
    """`+14.2 %`; nothing where there is nothing to compare with."""
    return f"{'+' if now >= then else '−'}{percent(abs(now - then) / then)}" if then > 0 else ""


def figure(found: Compared, one: Told, *, has_before: bool) -> dict[str, Any]:
    change = change_of(found.now, found.before) if has_before else ""
    grew = found.now > found.before
    tone = "" if not change or found.now == found.before else "up" if grew != one.less_is_better else "dn"
    then = None if found.year_ago is None else _said(found.year_ago, one.kind)
    notes = [gettext("%(change)s against before", change=change)] if change else []
    if then is not None:
        notes.append(gettext("a year ago %(value)s", value=then))
    return {
        "label": gettext(one.label),
        "value": _said(found.now, one.kind),
        "before": _said(found.before, one.kind) if has_before else "–",
        "change": change,
        "year_ago": then,
        "tone": tone,
        "note": " · ".join(notes),
        "href": one.href,
    }


def _said(value: int, kind: Kind) -> str:
    if kind is Kind.FEN:
        return yuan(value)
    return grams(value) if kind is Kind.GRAMS else f"{value:,}"
