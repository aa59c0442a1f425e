"""How rows are called in lists and choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from flask_babel import gettext

from shop.web.filters import bilingual
from shop.web.phrases import language
from shop.web.statuses import LOOKS

LOW: Final = "low"  # of stock: few are left, or none


def named(row: Any) -> str:
    """The name in the reader's language."""
    return bilingual(row, "name")


def listed(words: Iterable[str]) -> str:
    """Several words in one line, as the reader's language separates them."""
    return ("、" if language() == "zh" else ", ").join(words)


def choices(rows: Iterable[Any]) -> list[tuple[int, str]]:
    """(id, name) of rows, for an `IdField`."""
    return [(row.id, named(row)) for row in rows]


def options(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """The same as text, for a filter."""
    return [(str(row_id), name) for row_id, name in choices(rows)]


def status_options(kind: str) -> list[tuple[str, str]]:
    """Every status of a kind by its word."""
    return [(status, gettext(shown.word)) for (of, status), shown in LOOKS.items() if of == kind]


def yes_or_no() -> list[tuple[str, str]]:
    return [("yes", gettext("Yes")), ("no", gettext("No"))]
