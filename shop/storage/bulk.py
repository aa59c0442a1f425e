"""Very many rows of one table at once: COPY on PostgreSQL, one prepared INSERT on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import Connection, Dialect

Cell = Callable[[Mapping[str, Any]], Any]


def insert_many(connection: Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns. What they leave out gets the default of the column."""
    if not rows:
        return
    columns = [one for one in table.columns if one.key in rows[0] or one.default is not None]
    cells = [_cell(one, one.key in rows[0], connection.dialect) for one in columns]
    written = (tuple(cell(row) for cell in cells) for row in rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, table, columns, written)
    else:
        connection.exec_driver_sql(_insert(table, columns), list(written))


def _copy(
    connection: Connection,
    table: sa.Table,
    columns: Sequence[sa.Column[Any]],
    rows: Iterator[tuple[Any, ...]],
) -> None:
    """In the transaction of the connection, with every check that an INSERT makes."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(sql.Identifier(one.name) for one in columns)
    )
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(table: sa.Table, columns: Sequence[sa.Column[Any]]) -> str:
    names = ", ".join(f'"{one.name}"' for one in columns)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608  names of our own tables


def _cell(column: sa.Column[Any], is_named: bool, dialect: Dialect) -> Cell:
    """What a row says in this column, as the driver takes it."""
    key, process = column.key, column.type.dialect_impl(dialect).bind_processor(dialect)
    if is_named:
        return (lambda row: process(row[key])) if process else (lambda row: row[key])
    default: Any = column.default
    if default.is_callable:
        return lambda _row: process(default.arg(None)) if process else default.arg(None)
    if not default.is_scalar:
        raise TypeError(f"{column} needs a value: its default is worked out by the database")
    value = process(default.arg) if process else default.arg
    return lambda _row: value
