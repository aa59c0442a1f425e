"""The days that an address asks for, as reports and statements read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import request
from flask_babel import gettext

from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.reports.definition import Span

USUAL_DAYS: Final = 30


@dataclass(frozen=True)
class AskedDays:
    """`span` holds the usual days when those that were typed cannot be; they are kept beside what is wrong."""

    span: Span
    problem: InvalidInput | None = None

    @property
    def said(self) -> str:
        return gettext(self.problem.message) if self.problem else ""

    @property
    def typed_from(self) -> str:
        return request.args.get("from", "") if self.problem else self.span.first.isoformat()

    @property
    def typed_to(self) -> str:
        return request.args.get("to", "") if self.problem else self.span.last.isoformat()


def asked_days(usual_first: Callable[[date], date]) -> AskedDays:
    """Without a last day, up to today; without a first one, the usual days before the last."""
    return _read_days(usual_first, usual_first)


def days_of_a_report() -> AskedDays:
    """Without any day the last thirty, today with them: on the first days of a month that month would say nothing yet,
    and its comparison as little. With a last day alone, the month up to it.
    """
    return _read_days(lambda last: last.replace(day=1), lambda today: last_days(today).first)


def last_days(today: date) -> Span:
    return Span(today - timedelta(days=USUAL_DAYS - 1), today)


def _read_days(before: Callable[[date], date], usually: Callable[[date], date]) -> AskedDays:
    today = shanghai_date(utc_now())
    try:
        first, last = _day("from"), _day("to")
        ends = last or max(first or today, today)
        return AskedDays(Span(first or (before if last else usually)(ends), ends))
    except InvalidInput as problem:
        return AskedDays(Span(usually(today), today), problem)


def _day(name: str) -> date | None:
    typed = request.args.get(name, "").strip()
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidInput(msg("A day is written like 2026-11-30."), field=name) from error
