"""Which days a range is compared with."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from shop.kit.clock import EARLIEST, iso_week_start, months_before
from shop.reports.definition import Span, Unit

WEEKS_SHOWN = 12


def period_before(span: Span) -> Span | None:
    """The same days of the month before, or of the year before; else as many days right before. None at the start."""
    first, last = span.first, span.last
    if first.day == 1 and (first.year, first.month) == (last.year, last.month):
        earlier = months_before(first, 1)
        return _span(earlier, _same_day(earlier, last.day))
    if (first.month, first.day) == (1, 1) and first.year == last.year:
        return _span(
            first.replace(year=first.year - 1), _same_day(last.replace(year=last.year - 1, day=1), last.day)
        )
    days = (last - first).days + 1
    return _span(first - timedelta(days=days), first - timedelta(days=1))


def year_before(span: Span) -> Span | None:
    """The same days a year earlier; None before the calendar begins."""
    first = _same_day(span.first.replace(year=span.first.year - 1, day=1), span.first.day)
    last = _same_day(span.last.replace(year=span.last.year - 1, day=1), span.last.day)
    return _span(first, last)


def weeks_until(day: date, count: int = WEEKS_SHOWN) -> list[date]:
    """The Mondays of the last weeks, that of `day` included."""
    monday = iso_week_start(day)
    return [monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)]


def _same_day(month: date, day: int) -> date:
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))


def _span(first: date, last: date) -> Span | None:
    return Span(first, last) if first >= EARLIEST else None


def begin_of(day: date, unit: Unit) -> date:
    """The first day of the day, week or month that holds it."""
    if unit is Unit.WEEK:
        return iso_week_start(day)
    return day.replace(day=1) if unit is Unit.MONTH else day


def periods_of(span: Span, unit: Unit, *, today: date) -> list[date]:
    """Every day, Monday or first of a month of the range, what nobody can have sold on yet left out."""
    period, periods = begin_of(span.first, unit), []
    while period <= min(span.last, max(today, span.first)):
        periods.append(period)
        period = _next(period, unit)
    return periods


def _next(period: date, unit: Unit) -> date:
    if unit is Unit.MONTH:
        return months_before(period, -1)
    return period + timedelta(days=7 if unit is Unit.WEEK else 1)
