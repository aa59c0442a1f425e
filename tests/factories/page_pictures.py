"""Pictures as somebody chooses them on a phone."""

from __future__ import annotations

from pathlib import Path

from PIL import Image


def picture_file(folder: Path, *, size: tuple[int, int] = (900, 600)) -> Path:
    file = folder / "slope.jpg"
    Image.new("RGB", size, "#9dbf8e").save(file, "JPEG")
    return file
