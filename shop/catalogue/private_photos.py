"""Photos that are not for everybody: kept as they were sent until the worker makes them anew, pixel by pixel."""

from __future__ import annotations

from typing import Final

from shop.catalogue.picture_files import Rendered, render
from shop.kit.errors import InvalidInput, NotFound
from shop.storage.media import MediaStore

WIDTH: Final = 1280
_ORIGINALS: Final = "originals"


def original_file(key: str) -> str:
    """The name, in the store, of a photo as it was sent."""
    return f"{_ORIGINALS}/{key}"


def remake(store: MediaStore, key: str, shown: str) -> bool:
    """Make the photo with this key anew under the name `shown`; False for what is none, or is not there any more.

    The original stays until the caller has written down what became of it. Safe to repeat.
    """
    try:
        rendered = render(store.read(original_file(key)))
    except (InvalidInput, NotFound):
        return False
    store.write(shown, _widest(rendered))
    return True


def _widest(rendered: Rendered) -> bytes:
    fitting = [one for one in rendered.renderings if one.width <= WIDTH] or rendered.renderings[:1]
    return max(fitting, key=lambda one: one.width).content
