"""SQL expressions that SQLite and PostgreSQL spell differently.

Asia/Shanghai has had no daylight saving since 1991, so on SQLite, which knows no zones, its days are UTC + 8 h.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class shanghai_day(FunctionElement[date]):  # noqa: N801  # reads as the SQL function it stands for
    """The Shanghai calendar day of a stored moment."""

    type = sa.Date()
    inherit_cache = True


class shanghai_week(FunctionElement[date]):  # noqa: N801
    """The Monday of the Shanghai week of a stored moment."""

    type = sa.Date()
    inherit_cache = True


class shanghai_month(FunctionElement[date]):  # noqa: N801
    """The first day of the Shanghai month of a stored moment."""

    type = sa.Date()
    inherit_cache = True


class whole_hours(FunctionElement[int]):  # noqa: N801
    """Whole hours from the first stored moment to the second."""

    type = sa.BigInteger()
    inherit_cache = True


class rows_as_json(FunctionElement[str]):  # noqa: N801
    """The rows of a query as the text of one JSON array of arrays, in no order; null where there are none.

    So a few rows of something else come along in a statement that is needed anyway. `moment_in_json` reads moments.
    """

    type = sa.Text()
    inherit_cache = True


def moment_in_json(written: str | None) -> datetime | None:
    """A stored moment as `rows_as_json` wrote it: SQLite keeps UTC without saying so."""
    if written is None:
        return None
    moment = datetime.fromisoformat(written)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@compiles(rows_as_json, "sqlite")
def _rows_sqlite(element: rows_as_json, compiler: SQLCompiler, **kw: Any) -> str:
    columns = ", ".join(compiler.process(clause, **kw) for clause in element.clauses)
    return f"nullif(json_group_array(json_array({columns})), '[]')"


@compiles(rows_as_json, "postgresql")
def _rows_postgresql(element: rows_as_json, compiler: SQLCompiler, **kw: Any) -> str:
    columns = ", ".join(compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(json_agg(json_build_array({columns})) AS TEXT)"


@compiles(whole_hours, "sqlite")
def _hours_sqlite(element: whole_hours, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST((strftime('%s', {second}) - strftime('%s', {first})) / 3600 AS INTEGER)"


@compiles(whole_hours, "postgresql")
def _hours_postgresql(element: whole_hours, compiler: SQLCompiler, **kw: Any) -> str:
    first, second = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(floor(extract(epoch FROM {second} - {first}) / 3600) AS BIGINT)"


@compiles(shanghai_day, "sqlite")
def _day_sqlite(element: shanghai_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({_moment(element, compiler, **kw)}, '+8 hours')"


@compiles(shanghai_week, "sqlite")
def _week_sqlite(element: shanghai_week, compiler: SQLCompiler, **kw: Any) -> str:
    # 'weekday 0' goes forward to Sunday (or stays on it); six days before that is the week's Monday.
    return f"date({_moment(element, compiler, **kw)}, '+8 hours', 'weekday 0', '-6 days')"


@compiles(shanghai_month, "sqlite")
def _month_sqlite(element: shanghai_month, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({_moment(element, compiler, **kw)}, '+8 hours', 'start of month')"


@compiles(shanghai_day, "postgresql")
def _day_postgresql(element: shanghai_day, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_moment(element, compiler, **kw)} AT TIME ZONE 'Asia/Shanghai' AS DATE)"


@compiles(shanghai_week, "postgresql")
def _week_postgresql(element: shanghai_week, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _moment(element, compiler, **kw)
    return f"CAST(date_trunc('week', {moment} AT TIME ZONE 'Asia/Shanghai') AS DATE)"


@compiles(shanghai_month, "postgresql")
def _month_postgresql(element: shanghai_month, compiler: SQLCompiler, **kw: Any) -> str:
    moment = _moment(element, compiler, **kw)
    return f"CAST(date_trunc('month', {moment} AT TIME ZONE 'Asia/Shanghai') AS DATE)"


def _moment(element: FunctionElement[date], compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **kw)


def nearest_first(to_come: sa.ColumnElement[bool], when: Any) -> tuple[sa.ColumnElement[Any], ...]:
    """An order for lists of times: what is to come from the nearest on, then what is over from the latest back."""
    return sa.case((to_come, 0), else_=1), sa.case((to_come, when)).asc(), when.desc()
