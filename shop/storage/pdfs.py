"""Writing and joining PDFs. Their libraries are imported with the first one: no page of the web needs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Final, Literal, Protocol

_PAGES: Final = "shop.storage.pdf_pages:PdfPages"
_PICTURE: Final = "shop.storage.pdf_pages:picture_page"
_JOIN: Final = "shop.storage.pdf_joining:join"
_COUNT: Final = "shop.storage.pdf_joining:pages_of"

Align = Literal["l", "r", "c"]


class BrokenPdf(Exception):
    """It is locked, damaged, or larger than a paper can be."""


@dataclass(frozen=True, slots=True)
class Column:
    """`weight`: its part of the width of the page."""

    head: str
    weight: float = 1
    align: Align = "l"


@dataclass(frozen=True, slots=True)
class Bound:
    """A PDF that becomes part of another one; `title` stands in the outline, where it is not empty."""

    content: bytes
    title: str = ""


class Pages(Protocol):
    """A4 pages that are filled from top to bottom; what does not fit goes on on the next one."""

    def heading(self, text: str) -> None: ...
    def section(self, text: str) -> None: ...
    def paragraph(self, text: str) -> None: ...
    def facts(self, pairs: Sequence[tuple[str, str]]) -> None: ...
    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], total: Sequence[str] = ()
    ) -> None: ...
    def signatures(self, labels: Sequence[str]) -> None: ...
    def finish(self) -> bytes: ...


def new_pages(title: str, *, running: str) -> Pages:
    """`running` stands at the foot of every page, beside its number."""
    made: Pages = resolve_name(_PAGES)(title, running)
    return made


def picture_page(content: bytes) -> bytes:
    """A PDF of one page with this JPEG or PNG on it. Raises BrokenPdf."""
    made: bytes = resolve_name(_PICTURE)(content)
    return made


def pages_of(content: bytes) -> int:
    """How many pages it has. Opens the file: only the worker does. Raises BrokenPdf."""
    count: int = resolve_name(_COUNT)(content)
    return count


def join(parts: Sequence[Bound], *, title: str) -> bytes:
    """One PDF of all of them, with an outline; nothing in it is run when it is opened. Raises BrokenPdf."""
    join_all: Any = resolve_name(_JOIN)
    joined: bytes = join_all(parts, title)
    return joined
