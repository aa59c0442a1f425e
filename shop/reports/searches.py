"""What people look for in the shop, and what they do not find."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.catalogue.models import SearchCount
from shop.kit.text import msg
from shop.reports.definition import Column, Group, Report, Span, Unit

_NOTE = msg(
    "Counted once a reader has the page before their eyes, without who it was; robots, filtered lists and what may be somebody's number or address are not in it. Words are kept for a year. What was found as something else counts as not found."
)


def _words(span: Span) -> sa.Select[*tuple[Any, ...]]:
    searches = sa.cast(sa.func.sum(SearchCount.searches), sa.BigInteger)
    unfound = sa.cast(sa.func.sum(SearchCount.unfound), sa.BigInteger)
    counted: sa.Select[*tuple[Any, ...]] = (
        sa.select(SearchCount.words, searches, unfound, sa.func.max(SearchCount.day))
        .where(SearchCount.day >= span.first, SearchCount.day <= span.last)
        .group_by(SearchCount.words)
    )
    return counted


def _searches(span: Span, _language: str) -> sa.Select[Any]:
    return _words(span).order_by(sa.func.sum(SearchCount.searches).desc(), SearchCount.words)


def _unfound(span: Span, _language: str) -> sa.Select[Any]:
    unfound = sa.func.sum(SearchCount.unfound)
    return _words(span).having(unfound > 0).order_by(unfound.desc(), SearchCount.words)


_COLUMNS = (
    Column("words", msg("Looked for")),
    Column("searches", msg("Times"), Unit.COUNT, total=True),
    Column("unfound", msg("Found nothing"), Unit.COUNT, total=True),
    Column("last_on", msg("Last on"), Unit.DAY),
)
SEARCHES = Report(
    "searches",
    msg("Searches"),
    _COLUMNS,
    _searches,
    Group.SELLING,
    chart=("words", "searches"),
    note=_NOTE,
)
UNFOUND_SEARCHES = Report(
    "searches-without-result",
    msg("Searches without result"),
    _COLUMNS,
    _unfound,
    Group.SELLING,
    chart=("words", "unfound"),
    note=_NOTE,
)
