"""Ranges of days that people ask for by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from shop.kit.clock import iso_week_start
from shop.kit.text import msg
from shop.reports.definition import Span


@dataclass(frozen=True)
class Preset:
    """A range that people ask for by name."""

    key: str
    label: str
    span: Span


def presets(today: date) -> list[Preset]:
    month = today.replace(day=1)
    last_month_end = month - timedelta(days=1)
    return [
        Preset("week", msg("This week"), Span(iso_week_start(today), today)),
        Preset("month", msg("This month"), Span(month, today)),
        Preset("last-month", msg("Last month"), Span(last_month_end.replace(day=1), last_month_end)),
        Preset("year", msg("This year"), Span(today.replace(month=1, day=1), today)),
        Preset("twelve-months", msg("Twelve months"), Span(today - timedelta(days=364), today)),
    ]
