"""Joins PDFs, those that people sent too: pages are taken over, and whatever would act when they are opened is left."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import Final

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, NameObject

from shop.storage.pdfs import Bound, BrokenPdf

MOST_PAGES: Final = 300  # of one file that somebody sent
# What reading a file that is not what it says can end in.
_UNREADABLE: Final = (
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    NotImplementedError,
    OSError,
    zlib.error,
)
_ACTING: Final = ("/AA", "/A", "/OpenAction", "/JS", "/JavaScript", "/AF")


def pages_of(content: bytes) -> int:
    return len(_read(content))


def join(parts: Sequence[Bound], title: str) -> bytes:
    writer = PdfWriter()
    for part in parts:
        at = len(writer.pages)
        try:
            for page in _read(part.content):
                _keep_still(writer.add_page(page))
        except _UNREADABLE as error:
            raise BrokenPdf() from error
        if part.title:
            writer.add_outline_item(title=part.title, page_number=at)
    writer.add_metadata({"/Title": title, "/Producer": ""})
    written = io.BytesIO()
    try:
        writer.write(written)
    except _UNREADABLE as error:
        raise BrokenPdf() from error
    return written.getvalue()


def _read(content: bytes) -> list[PageObject]:
    """Raises BrokenPdf."""
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise BrokenPdf()
        count = len(reader.pages)
        if not 0 < count <= MOST_PAGES:
            raise BrokenPdf()
        return [reader.pages[number] for number in range(count)]
    except _UNREADABLE as error:
        raise BrokenPdf() from error


def _keep_still(page: PageObject) -> None:
    """Seals and stamps that stand on it as annotations stay; what they would do goes."""
    for key in _ACTING:
        page.pop(NameObject(key), None)
    notes = page.get("/Annots")
    found = notes.get_object() if notes is not None else None
    if not isinstance(found, ArrayObject):
        return
    for one in found:
        note = one.get_object()
        if isinstance(note, DictionaryObject):
            for key in _ACTING:
                note.pop(NameObject(key), None)
