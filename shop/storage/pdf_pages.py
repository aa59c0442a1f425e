"""Writes A4 pages with ReportLab: headings, facts, tables and lines to sign, in Chinese and English.

Its one font is embedded, so a page looks the same at every printer.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from PIL import Image, UnidentifiedImageError
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from shop.storage.pdf_font import FONT, register_font
from shop.storage.pdfs import BrokenPdf, Column

WIDTH, HEIGHT = A4
EDGE: Final = 48.0
FOOT: Final = 34.0
INNER: Final = WIDTH - 2 * EDGE
PAD: Final = 4.0
SIZES: Final = {"heading": 17.0, "section": 12.5, "text": 10.0, "cell": 9.0, "foot": 8.0}
LEADING: Final = 1.45
GREY: Final = 0.45
LABEL: Final = 110.0  # the width of a fact's name
MOST_LINES: Final = 40  # of one cell
# Characters that never begin a line, as Chinese is set.
_NOT_FIRST: Final = frozenset("，。、；：？！）》」』】〉”’,.;:?!)]}%")


class PdfPages:
    def __init__(self, title: str, running: str) -> None:
        register_font()
        self._kept = io.BytesIO()
        self._canvas = Canvas(self._kept, pagesize=A4, pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._running, self._page, self._y = running, 1, HEIGHT - EDGE

    def heading(self, text: str) -> None:
        self._write(text, SIZES["heading"], after=8)

    def section(self, text: str) -> None:
        self._room(70)
        self._y -= 8
        self._write(text, SIZES["section"], after=4)

    def paragraph(self, text: str) -> None:
        self._write(text, SIZES["text"], after=5)

    def facts(self, pairs: Sequence[tuple[str, str]]) -> None:
        size = SIZES["text"]
        for label, value in pairs:
            lines = wrapped(value, INNER - LABEL, size) or [""]
            self._room(size * LEADING * len(lines))
            self._canvas.setFillGray(GREY)
            _draw(self._canvas, EDGE, self._y - size, label, size)
            self._canvas.setFillGray(0)
            for line in lines:
                _draw(self._canvas, EDGE + LABEL, self._y - size, line, size)
                self._y -= size * LEADING
        self._y -= 6

    def table(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]], total: Sequence[str] = ()
    ) -> None:
        """The heads are written again on every page."""
        weights = sum(column.weight for column in columns)
        widths = [INNER * column.weight / weights for column in columns]
        heads = [column.head for column in columns]
        self._row(columns, widths, heads, strong=True)
        for row in rows:
            if self._row_height(widths, row) > self._left():
                self._next_page()
                self._row(columns, widths, heads, strong=True)
            self._row(columns, widths, row)
        if total:
            self._row(columns, widths, total, strong=True)
        self._y -= 8

    def signatures(self, labels: Sequence[str]) -> None:
        """A line for each to sign on, two beside each other."""
        for place in range(0, len(labels), 2):
            self._room(44)
            self._y -= 34
            for beside, label in enumerate(labels[place : place + 2]):
                x = EDGE + beside * INNER / 2
                _draw(self._canvas, x, self._y, label, SIZES["text"])
                begin = x + _width(label, SIZES["text"]) + 6
                self._canvas.setLineWidth(0.6)
                self._canvas.line(begin, self._y - 2, x + INNER / 2 - 18, self._y - 2)
        self._y -= 12

    def finish(self) -> bytes:
        self._foot()
        self._canvas.save()
        return self._kept.getvalue()

    def _write(self, text: str, size: float, *, after: float) -> None:
        for line in wrapped(text, INNER, size):
            self._room(size * LEADING)
            _draw(self._canvas, EDGE, self._y - size, line, size)
            self._y -= size * LEADING
        self._y -= after

    def _row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        row: Sequence[str],
        *,
        strong: bool = False,
    ) -> None:
        size, height = SIZES["cell"], self._row_height(widths, row)
        self._room(height)
        if strong:
            self._canvas.setFillGray(0.93)
            self._canvas.rect(EDGE, self._y - height, INNER, height, stroke=0, fill=1)
            self._canvas.setFillGray(0)
        x = EDGE
        for column, width, cell in zip(columns, widths, row, strict=True):
            y = self._y - PAD - size
            for line in wrapped(cell, width - 2 * PAD, size)[:MOST_LINES]:
                rest = width - 2 * PAD - _width(line, size)
                indent = {"l": 0.0, "r": rest, "c": rest / 2}[column.align]
                _draw(self._canvas, x + PAD + indent, y, line, size)
                y -= size * LEADING
            x += width
        self._y -= height
        self._canvas.setLineWidth(0.4)
        self._canvas.setStrokeGray(0.7)
        self._canvas.line(EDGE, self._y, EDGE + INNER, self._y)
        self._canvas.setStrokeGray(0)

    def _row_height(self, widths: Sequence[float], row: Sequence[str]) -> float:
        size = SIZES["cell"]
        lines = max(
            len(wrapped(cell, width - 2 * PAD, size)[:MOST_LINES])
            for width, cell in zip(widths, row, strict=True)
        )
        return max(lines, 1) * size * LEADING + 2 * PAD

    def _left(self) -> float:
        return self._y - EDGE - FOOT

    def _room(self, height: float) -> None:
        if height > self._left():
            self._next_page()

    def _next_page(self) -> None:
        self._foot()
        self._canvas.showPage()
        self._page, self._y = self._page + 1, HEIGHT - EDGE

    def _foot(self) -> None:
        self._canvas.setFillGray(GREY)
        _draw(self._canvas, EDGE, FOOT, self._running, SIZES["foot"])
        number = str(self._page)
        _draw(self._canvas, WIDTH - EDGE - _width(number, SIZES["foot"]), FOOT, number, SIZES["foot"])
        self._canvas.setFillGray(0)


def picture_page(content: bytes) -> bytes:
    """As large as the page lets it be."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            picture = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BrokenPdf() from error
    scale = min(INNER / picture.width, (HEIGHT - 2 * EDGE) / picture.height)
    width, height = picture.width * scale, picture.height * scale
    kept = io.BytesIO()
    canvas = Canvas(kept, pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(picture), (WIDTH - width) / 2, (HEIGHT - height) / 2, width, height)
    canvas.save()
    return kept.getvalue()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """Lines of the text as wide as `width`: between Chinese characters, and between words of others."""
    most = width / size
    return [line for paragraph in text.splitlines() for line in _lines(paragraph, most)]


def _lines(paragraph: str, most: float) -> Iterator[str]:
    if _ems(paragraph) <= most:
        yield paragraph
        return
    line, wide = "", 0.0
    for piece in _pieces(paragraph):
        for part in (piece,) if _ems(piece) <= most else piece:  # a word wider than its place breaks anywhere
            ems = _ems(part)
            if line and wide + _ems(part.rstrip()) > most and part not in _NOT_FIRST:
                yield line.rstrip()
                line, wide = "", 0.0
            line, wide = line + part, wide + ems
    yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Words with the space behind them; every Chinese character by itself."""
    word = ""
    for char in text:
        if ord(char) > 0x2E7F:
            if word:
                yield word
                word = ""
            yield char
        else:
            word += char
            if char in " -/":
                yield word
                word = ""
    if word:
        yield word


@cache
def _char_ems(char: str) -> float:
    """Its width, where the size is one."""
    register_font()
    return float(pdfmetrics.stringWidth(char, FONT, 1000)) / 1000


def _ems(text: str) -> float:
    return sum(map(_char_ems, text))


def _width(text: str, size: float) -> float:
    return _ems(text) * size


def _draw(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    canvas.setFont(FONT, size)
    canvas.drawString(x, y, "".join(char if char.isprintable() else " " for char in text))
