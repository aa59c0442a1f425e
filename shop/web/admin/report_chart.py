"""The chart of one report: a line over all the days, weeks or months of its range, or the first rows as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask_babel import gettext

from shop.kit.clock import shanghai_date, utc_now
from shop.kit.text import msg
from shop.reports.cells import as_day, as_text
from shop.reports.definition import Column, Span, Unit
from shop.reports.periods import begin_of, periods_of
from shop.reports.running import Opened

ON_THE_CALENDAR: Final = {Unit.DAY, Unit.WEEK, Unit.MONTH}
BARS: Final = 12
MOST_POINTS: Final = 400  # of a line: more than a year of days; longer ranges are drawn week by week
MOST_PERIODS: Final = 1200  # more than a range can have days
WEEK: Final = Column("week", msg("Week from Monday"), Unit.WEEK)


def chart_of(opened: Opened) -> dict[str, Any] | None:
    """What the page draws; `skips`: the table has no row for some of what is drawn."""
    chosen, span = opened.report, opened.span
    if chosen.chart is None:
        return None
    label, value = (chosen.columns[chosen.position(key)] for key in chosen.chart)
    is_time = label.unit in ON_THE_CALENDAR
    most = MOST_PERIODS if is_time else BARS
    rows = opened.rows(page=1, size=most)
    places = chosen.position(label.key), chosen.position(value.key)
    found = [(row[places[0]], max(int(row[places[1]] or 0), 0)) for row in rows]
    skips = False
    if is_time:
        label, found, skips = _without_gaps(found, label, span)
    points = _points(found, label, spans_years=span.first.year != span.last.year)
    return {
        "is_line": is_time and len(points) > 1,
        "skips": skips,
        "points": points,
        "unit": "yuan" if value.unit is Unit.FEN else "count",
        "head": gettext(label.title),
        "label": gettext(value.title),
    }


def _without_gaps(
    found: Sequence[tuple[Any, int]], label: Column, span: Span
) -> tuple[Column, list[tuple[Any, int]], bool]:
    """Every period of the range with its sum, none left out; and whether the table has fewer."""
    today = shanghai_date(utc_now())
    own = periods_of(span, label.unit, today=today)
    shown = WEEK if len(own) > MOST_POINTS else label
    sums = dict.fromkeys(periods_of(span, shown.unit, today=today), 0)
    for when, value in found:
        period = begin_of(as_day(when), shown.unit)
        sums[period] = sums.get(period, 0) + value
    return shown, sorted(sums.items()), len(found) < len(own)


def _points(found: Sequence[tuple[Any, int]], label: Column, *, spans_years: bool) -> list[dict[str, Any]]:
    largest = max([1, *(value for _, value in found)])
    return [
        {
            "label": _short(as_text(label, what, gettext), label, spans_years=spans_years),
            "value": value,
            "width": f"{value * 100 / largest:.2f}%",
        }
        for what, value in found
    ]


def _short(text: str, label: Column, *, spans_years: bool) -> str:
    """Days without their year, or with its last digits: a chart's axis has little room."""
    if label.unit not in {Unit.DAY, Unit.WEEK}:
        return text
    return text[2:] if spans_years else text[5:]
