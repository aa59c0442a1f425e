"""Writing a workbook: text stays text, whatever it begins with."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pkgutil import resolve_name
from typing import IO, Any, Final

_WORKBOOK: Final = "xlsxwriter:Workbook"  # imported with the first one that is written


def new_workbook(file: IO[bytes], **options: bool) -> AbstractContextManager[Any]:
    """An `xlsxwriter.Workbook` that is written to the binary file; text is never read as a formula or a link."""
    safe = {"strings_to_formulas": False, "strings_to_urls": False}
    book: AbstractContextManager[Any] = resolve_name(_WORKBOOK)(file, safe | options)
    return book
