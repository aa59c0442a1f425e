"""What a PDF is known by: its first and last bytes. Nothing in it is ever opened."""

from __future__ import annotations

from typing import Final

_BEGINNINGS: Final = (b"%PDF-1.", b"%PDF-2.")
_END: Final = b"%%EOF"
_WHERE_IT_ENDS: Final = 2048  # bytes at the end in which a PDF says that it ends


def begins_as_pdf(content: bytes) -> bool:
    return content.startswith(_BEGINNINGS)


def is_whole_pdf(content: bytes) -> bool:
    return begins_as_pdf(content) and _END in content[-_WHERE_IT_ENDS:]
