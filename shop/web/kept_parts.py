"""Parts of pages that are the same on every page of a language: made once, and kept while the settings hold.

{{ kept(store_foot) }}
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, Protocol

from flask import Flask, current_app
from markupsafe import Markup

from shop.web.phrases import language
from shop.web.shop_settings import current_shop_settings

_KEPT: Final = "shop.kept_parts"
HERE: Final = "{here}"  # what a kept part writes for the address of the page, which is put in each time


class Macro(Protocol):
    name: str
    __call__: Callable[..., Markup]


def register(app: Flask) -> None:
    app.jinja_env.globals.update(kept=kept, HERE=HERE)


def kept(macro: Macro, *arguments: Hashable) -> Markup:
    """What a macro writes for these few arguments; none of them may come from a visitor."""
    settings = current_shop_settings()
    made_for, parts = current_app.extensions.get(_KEPT, (None, {}))
    if made_for is not settings:
        parts = {}
        current_app.extensions[_KEPT] = (settings, parts)
    key = macro.name, language(), arguments
    part: Markup | None = parts.get(key)
    if part is None:
        part = parts[key] = macro(*arguments)
    return part
