"""The addresses of pictures, as pages and storage know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WIDTHS: Final = (320, 640, 1280)


def file_name(key: str, width: int) -> str:
    return f"{key}-{width}.webp"


def share_file(key: str) -> str:
    """A square JPEG, which every program that shows a shared link can read."""
    return f"{key}-share.jpg"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is ready to be shown: `key` is random and never used again."""

    key: str
    alt_zh: str = ""
    alt_en: str = ""

    @property
    def src(self) -> str:
        return f"/media/{file_name(self.key, WIDTHS[1])}"

    @property
    def srcset(self) -> str:
        return ", ".join(f"/media/{file_name(self.key, width)} {width}w" for width in WIDTHS)
