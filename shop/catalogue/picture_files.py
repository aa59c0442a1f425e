"""Judging what somebody uploads as a photo, and making the pictures that are shown of it."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps

from shop.catalogue.picture_names import WIDTHS
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 20_000_000
SHORTEST_SIDE: Final = 200
_QUALITY: Final = 80
SHARE_SIDE: Final = 800
SHORTEST_SHARE: Final = 300  # WeChat shows no smaller one
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
# Pillow's own bomb guard, should a header lie about its size.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True, slots=True)
class Rendering:
    width: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a photo became: WebP in each width, and the size of the original."""

    width: int
    height: int
    renderings: tuple[Rendering, ...]


def judge(content: bytes) -> None:
    """Look at the first bytes and the header only; nothing is decoded. Raises InvalidInput for the field `photo`."""
    if len(content) > MOST_BYTES:
        raise InvalidInput(msg("A photo has at most 10 MB."), field="photo")
    if not begins_like_a_picture(content):
        raise InvalidInput(msg("Only PNG, JPEG and WebP photos can be used."), field="photo")
    width, height = _size_in_header(content)
    if width * height > MOST_PIXELS:
        raise InvalidInput(msg("A photo has at most 20 million pixels."), field="photo")
    if min(width, height) < SHORTEST_SIDE:
        raise InvalidInput(msg("A photo is at least 200 pixels wide and high."), field="photo")


def render(content: bytes) -> Rendered:
    """Decode a photo and make it anew in each width, upright and without anything but its pixels.

    Raises InvalidInput for what cannot be decoded, or was not what its header said.
    """
    judge(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput(msg("This photo is damaged."), field="photo") from None
    return Rendered(upright.width, upright.height, tuple(_rendering(upright, width) for width in WIDTHS))


def share_picture(shown: bytes) -> bytes:
    """A square JPEG from the middle of a picture that we made ourselves: what chats and other shops can read."""
    with Image.open(io.BytesIO(shown), formats=("WEBP",)) as opened:
        side = min(SHARE_SIDE, *opened.size)
        square = ImageOps.fit(opened.convert("RGB"), (max(side, SHORTEST_SHARE),) * 2)
    written = io.BytesIO()
    square.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _rendering(picture: Image.Image, width: int) -> Rendering:
    shown = picture.copy()
    shown.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
    pixels = Image.new("RGB", shown.size)
    pixels.paste(shown)  # a new picture: no EXIF, no colour profile, no comment comes along
    written = io.BytesIO()
    pixels.save(written, "WEBP", quality=_QUALITY, method=4)
    return Rendering(width, written.getvalue())


def begins_like_a_picture(content: bytes) -> bool:
    """By its first bytes, of the kinds that are taken."""
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return webp or content.startswith(_BEGINNINGS)


def _size_in_header(content: bytes) -> tuple[int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                return opened.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput(msg("A photo has at most 20 million pixels."), field="photo") from None
    except (OSError, ValueError, SyntaxError):
        raise InvalidInput(msg("Only PNG, JPEG and WebP photos can be used."), field="photo") from None
