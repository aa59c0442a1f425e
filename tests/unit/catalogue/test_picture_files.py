"""What people upload as photos."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from shop.catalogue.picture_files import judge, render
from shop.catalogue.picture_names import WIDTHS
from shop.kit.errors import InvalidInput


def picture(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **how) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, "tan").save(file, kind, **how)
    return file.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", zlib.crc32(b"IHDR" + header))


HOSTILE = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": b"GIF89a" + b"\0" * 60,
    "bmp": b"BM" + b"\0" * 60,
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "exe": b"MZ" + b"\0" * 60,
    "php": b"<?php system($_GET['c']);",
    "nothing": b"",
    "jpeg without a picture": b"\xff\xd8\xff\xe0" + b"\0" * 20,
    "png without a picture": b"\x89PNG\r\n\x1a\n",
    "webp without a picture": b"RIFF\0\0\0\0WEBP",
    "png bomb": png_that_says(50_000, 50_000),
    "wide png": png_that_says(2_000_000, 1_000),
    "negative png": png_that_says(0xFFFFFFFF, 1),
    "tiff": b"II*\0" + b"\0" * 60,
    "heic": b"\0\0\0\x18ftypheic" + b"\0" * 60,
    "tiny": picture(size=(10, 10)),
    "large file": b"\xff\xd8\xff" + b"\0" * (10 * 1024 * 1024),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_anything_but_a_photo_is_refused_before_it_is_decoded(content):
    with pytest.raises(InvalidInput) as refused:
        judge(content)
    assert refused.value.field == "photo"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photo_becomes_webp_in_each_width(kind):
    rendered = render(picture(kind))
    assert (rendered.width, rendered.height) == (900, 600)
    assert [rendering.width for rendering in rendered.renderings] == list(WIDTHS)
    for rendering in rendered.renderings:
        with Image.open(io.BytesIO(rendering.content)) as made:
            assert made.format == "WEBP"
            assert made.width == min(rendering.width, 900), "a picture is never made larger than it is"


def test_where_and_with_what_a_photo_was_taken_is_gone():
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    for rendering in render(picture(exif=exif, comment=b"secret note")).renderings:
        assert b"Secret" not in rendering.content
        assert b"secret" not in rendering.content
        with Image.open(io.BytesIO(rendering.content)) as made:
            assert not made.getexif()
            assert not made.info.get("icc_profile")


def test_a_photo_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert (render(picture(exif=exif)).width, render(picture(exif=exif)).height) == (600, 900)


def test_a_photo_that_ends_half_way_is_refused():
    with pytest.raises(InvalidInput):
        render(picture(size=(1600, 1200), quality=95)[:2000])


def test_a_photo_that_is_a_page_too_is_only_a_photo_in_the_end():
    both = picture() + b"<script>alert(1)</script>"
    assert all(b"script" not in rendering.content for rendering in render(both).renderings)
