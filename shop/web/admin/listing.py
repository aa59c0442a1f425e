"""A list as one description: columns, filters that stand in the address, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.kit.clock import calendar_day
from shop.kit.text import form_number, tidy
from shop.storage.paging import Page

LONGEST_ASKED = 120
ALL = "all"
Options = Callable[[Session], list[tuple[str, str]]]
Rows = Callable[[Session, "Asked"], Page[Any]]


@dataclass(frozen=True)
class Column:
    """`label` is a message id; `value` reads the cell from a row, else the row's attribute `key` is shown."""

    key: str
    label: str
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    head: bool = False
    wide: bool = False
    link: Callable[[Any], str] | None = None

    def read(self, row: Any) -> Any:
        return self.value(row) if self.value is not None else getattr(row, self.key)


@dataclass(frozen=True)
class Filter:
    """`kind`: text, select, date or check; the options of a select begin with “all”.

    A list of work has a select that `begins` with one of its options, said as “to do”; “all” is the second then. Who
    types words searches all.
    """

    name: str
    label: str
    kind: str = "text"
    options: Options | None = None
    begins: str = ""


@dataclass(frozen=True)
class Asked:
    """What the address asks for, and what the list begins with. Values that cannot be are as good as absent.

    `typed`: the address asks for something.
    """

    values: Mapping[str, str]
    page: int = 1
    typed: bool = True

    def text(self, name: str) -> str:
        return tidy(self.values.get(name, ""))[:LONGEST_ASKED]

    def number(self, name: str) -> int | None:
        return form_number(self.values.get(name, ""))

    def day(self, name: str) -> date | None:
        """A day of our calendar; one of another age is as good as absent."""
        return calendar_day(self.values.get(name, ""))

    def says_backwards(self) -> bool:
        """The last day lies before the first: nothing can be found, and the person should know why."""
        first, last = self.day("from"), self.day("to")
        return first is not None and last is not None and last < first

    def flag(self, name: str) -> bool | None:
        """A select of yes and no; None when neither was chosen."""
        return {"yes": True, "no": False}.get(self.values.get(name, ""))


def asked(filters: tuple[Filter, ...]) -> Asked:
    """Read the filters and the page from the address of this request."""
    page = form_number(request.args.get("page", ""), digits=5) or 1
    values = {one.name: value for one in filters if (value := request.args.get(one.name, "")[:LONGEST_ASKED])}
    begun = {one.name: ALL if "q" in values else one.begins for one in filters if one.begins}
    return Asked({**begun, **values}, page, typed=bool(values))


def list_screen(
    session: Session,
    *,
    title: str,
    columns: tuple[Column, ...],
    rows: Rows,
    endpoint: str,
    filters: tuple[Filter, ...] = (),
    note: str = "",
    empty: str = "",
    address: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What the macro `crud_list` draws. `address` are the parts of the list's own path."""
    wanted = asked(filters)
    found = rows(session, wanted)

    def page_url(number: int) -> str:
        return url_for(endpoint, **{**(address or {}), **wanted.values, "page": number})

    nothing = gettext("Nothing matches. Change the filter above.") if wanted.typed else ""
    if wanted.says_backwards():
        nothing = gettext("The last day lies before the first.")
    return {
        "title": gettext(title),
        "note": gettext(note) if note else "",
        "columns": [_column(column) for column in columns],
        "rows": [_cells(columns, row) for row in found.items],
        "filters": [_filter(one, session, wanted) for one in filters],
        "page": found.number,
        "pages": found.pages,
        "total": found.total,
        "url": page_url,
        "empty_title": gettext("Nothing here yet") if not wanted.typed else gettext("Nothing found"),
        "empty_text": nothing or (gettext(empty) if empty else ""),
    }


def _column(column: Column) -> dict[str, Any]:
    label = gettext(column.label)
    shown: dict[str, Any] = {
        "key": column.key,
        "label": f"{label} (¥)" if column.kind == "money" else label,
        "kind": column.kind,
        "head": column.head,
        "wide": column.wide,
    }
    if column.link is not None:
        shown["href"] = lambda cells: cells[f"{column.key}_href"]
    return shown


def _cells(columns: tuple[Column, ...], row: Any) -> dict[str, Any]:
    cells = {column.key: column.read(row) for column in columns}
    return cells | {f"{column.key}_href": column.link(row) for column in columns if column.link is not None}


def _filter(one: Filter, session: Session, wanted: Asked) -> dict[str, Any]:
    options = one.options(session) if one.options is not None else []
    value = wanted.values.get(one.name, "")
    first = [("", gettext("All"))]
    if one.begins:
        first = [("", gettext("To do")), (ALL, gettext("All"))]
        options = [option for option in options if option[0] != one.begins]
        value = "" if value == one.begins else value
    return {
        "name": one.name,
        "label": gettext(one.label),
        "kind": one.kind,
        "value": value,
        "options": [*first, *options],
    }
