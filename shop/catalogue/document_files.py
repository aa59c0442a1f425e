"""Documents that people attach: a PDF, or a photo of a paper, judged by what the file is and kept as it was sent."""

from __future__ import annotations

from typing import Final

from shop.catalogue.picture_files import MOST_BYTES, judge
from shop.kit.errors import InvalidInput
from shop.kit.pdf_files import begins_as_pdf, is_whole_pdf
from shop.kit.text import msg

TYPES: Final = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


def ending_of(content: bytes) -> str:
    """By what the file is, not by what it is called. Raises InvalidInput."""
    if content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        judge(content)
        return "png" if content.startswith(b"\x89PNG") else "jpg"
    if not begins_as_pdf(content):
        raise InvalidInput(msg("Only PDF, JPEG and PNG files can be attached."), field="file")
    if len(content) > MOST_BYTES:
        raise InvalidInput(msg("A PDF has at most 10 MB."), field="file")
    if not is_whole_pdf(content):
        raise InvalidInput(
            msg("This file is damaged or is not what it says, and was not kept."), field="file"
        )
    return "pdf"
