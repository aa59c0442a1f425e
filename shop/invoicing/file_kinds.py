"""What an attached document really is: judged by its content, never unpacked, never opened.

OFD is an archive of which only the directory is read; XML is read by defusedxml, without DTD or entities, within
limits; PDF is known by its first and last bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from shop.invoicing.models import FileKind
from shop.kit.errors import InvalidInput
from shop.kit.pdf_files import begins_as_pdf, is_whole_pdf
from shop.kit.text import msg

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_XML_BYTES: Final = 1024 * 1024
MOST_UNPACKED: Final = 50 * 1024 * 1024
MOST_RATIO: Final = 200
MOST_ENTRIES: Final = 500
MOST_DEPTH: Final = 60
MOST_ELEMENTS: Final = 20_000

NO_DOCUMENT: Final = msg("Only PDF, OFD and XML files of the tax platform can be attached.")
TOO_LARGE: Final = msg("A document has at most 5 MB.")
DAMAGED: Final = msg("This file is damaged or is not what it says, and was not kept.")
_ZIP: Final = b"PK\x03\x04"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def kind_of(content: bytes) -> FileKind:
    """Raises InvalidInput for the field `file`."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(TOO_LARGE, field="file")
    if begins_as_pdf(content):
        if not is_whole_pdf(content):
            raise InvalidInput(DAMAGED, field="file")
        return FileKind.PDF
    if content.startswith(_ZIP):
        _judge_ofd(content)
        return FileKind.OFD
    if content.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"<":
        texts_of_xml(content)
        return FileKind.XML
    raise InvalidInput(NO_DOCUMENT, field="file")


def texts_of_xml(content: bytes) -> frozenset[str]:
    """Everything that its elements say. Raises InvalidInput for the field `file`, also for HTML and SVG."""
    if len(content) > MOST_XML_BYTES:
        raise InvalidInput(TOO_LARGE, field="file")
    try:
        return frozenset(_walk(content))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidInput(DAMAGED, field="file") from error


def _walk(content: bytes) -> Iterator[str]:
    """Element by element, so that depth and number are judged before all of it is in memory."""
    depth = count = 0
    events = ("start", "end")
    for event, element in defusedxml.ElementTree.iterparse(io.BytesIO(content), events, forbid_dtd=True):
        if event == "end":
            depth -= 1
            if element.text and element.text.strip():
                yield element.text.strip()
            continue
        depth, count = depth + 1, count + 1
        if depth == 1:
            _judge_root(element.tag)
        if depth > MOST_DEPTH or count > MOST_ELEMENTS:
            raise InvalidInput(TOO_LARGE, field="file")


def _judge_root(tag: str) -> None:
    """What a browser would draw or run is no invoice."""
    if tag.rpartition("}")[2].lower() in {"html", "svg", "xsl", "stylesheet"}:
        raise InvalidInput(NO_DOCUMENT, field="file")


def _judge_ofd(content: bytes) -> None:
    """By the directory of the archive; nothing is ever unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise InvalidInput(DAMAGED, field="file") from error
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or unpacked > MOST_RATIO * max(packed, 1):
        raise InvalidInput(TOO_LARGE, field="file")
    if any(_leads_out(entry.filename) or entry.flag_bits & 1 for entry in entries):
        raise InvalidInput(DAMAGED, field="file")
    if not any(entry.filename == "OFD.xml" for entry in entries):
        raise InvalidInput(NO_DOCUMENT, field="file")


def _leads_out(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")
