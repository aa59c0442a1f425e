"""A report narrowed to what one row of another is made of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from shop.kit.text import form_number
from shop.reports.definition import Report, Span, Unit

LONGEST: int = 80


def narrowed(report: Report, key: str, typed: str) -> Report:
    """Only rows that say so in this column, which is no sum; what cannot be a value of it is said by none."""
    place = report.position(key)
    value = _value(report, place, typed)

    def statement(span: Span, language: str) -> sa.Select[Any]:
        whole = report.statement(span, language)
        selected = whole.column_descriptions[place]["expr"]
        return whole.where(sa.false() if value is None else selected == value)

    file = narrowed(report.file, key, typed) if report.file else None
    return replace(report, statement=statement, file=file)


def within(report: Report, key: str, ids: Collection[int]) -> Report:
    """Only rows that have one of these ids in a hidden column, on the page and in the files."""
    place = report.position(key)

    def statement(span: Span, language: str) -> sa.Select[Any]:
        whole = report.statement(span, language)
        return whole.where(whole.column_descriptions[place]["expr"].in_(ids))

    return replace(report, statement=statement, file=within(report.file, key, ids) if report.file else None)


def _value(report: Report, place: int, typed: str) -> str | int | None:
    if report.columns[place].unit is not Unit.KEY:
        return typed[:LONGEST]
    return form_number(typed)
