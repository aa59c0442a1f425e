"""The font of PDFs: Noto Sans SC, under the SIL Open Font License, out of the installed package zhplot.

It has the Table of General Standard Chinese Characters (通用规范汉字表), which names of people and places are written
with, and 20,000 characters beside it. ReportLab embeds those that a paper needs.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import distribution
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT: Final = "ShopPaper"
_FILE: Final = "zhplot/fonts/NotoSansSC-Regular.ttf"
_BEYOND: Final = re.compile(r"(?<= <)[0-9A-F]{5,6}(?=>$)", re.MULTILINE)


@cache
def register_font() -> None:
    """Reads it once a process. The package is not imported: that would ask for matplotlib."""
    pdfmetrics.registerFont(_PaperFont(FONT, str(distribution("zhplot").locate_file(_FILE))))


class _PaperFont(TTFont):
    def addObjects(self, doc: Any) -> None:  # noqa: N802 - ReportLab's name
        """ReportLab gives readers characters beyond U+FFFF by number, where PDF wants UTF-16: nobody could copy them."""
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = _BEYOND.sub(_utf_16, stream.content)


def _utf_16(number: re.Match[str]) -> str:
    return chr(int(number[0], 16)).encode("utf-16-be").hex().upper()
