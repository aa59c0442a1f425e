"""The language of a page, and `_()` for templates, by a short way: a page says a hundred phrases."""

from __future__ import annotations

from flask import Flask, g
from flask_babel import get_locale, gettext
from markupsafe import Markup


def language() -> str:
    """`zh` or `en`: the language of this page; Chinese where no request says otherwise."""
    # Babel keeps its decision here; asking it anew for each of hundreds of words would be most of a page's time.
    try:
        kept = g.get("_flask_babel")
    except RuntimeError:  # outside of the application
        return "zh"
    locale = getattr(kept, "babel_locale", None) or get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


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


# Our own text, the same in every application.
say = Phrases().say


def register(app: Flask) -> None:
    app.jinja_env.globals["_"] = say
