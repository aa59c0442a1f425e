"""`_()` for templates, without the way through the request that it takes elsewhere: a page says a hundred phrases."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext
from markupsafe import Markup

from shop.web.filters import language


def register(app: Flask) -> None:
    app.jinja_env.globals["_"] = Phrases().say


class Phrases:
    """Phrases by language and message id, translated once in the life of a process."""

    def __init__(self) -> None:
        self._patterns: dict[tuple[str, str], Markup] = {}
        self._finished: dict[tuple[str, str], Markup] = {}

    def say(self, message_id: str, **facts: object) -> Markup:
        """The phrase in the language of this page, its facts escaped. A percent sign is doubled in the id."""
        key = language(), message_id
        if not facts:
            finished = self._finished.get(key)
            if finished is None:
                finished = self._finished[key] = self._pattern(key) % {}
            return finished
        return self._pattern(key) % facts

    def _pattern(self, key: tuple[str, str]) -> Markup:
        pattern = self._patterns.get(key)
        if pattern is None:
            # Both the ids and their translations are our own text.
            pattern = self._patterns[key] = Markup(gettext(key[1]))  # noqa: S704
        return pattern
