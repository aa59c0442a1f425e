"""Translations read once a process: the Chinese catalogue has three thousand entries."""

from __future__ import annotations

from functools import cache

from babel.support import Translations


def keep_messages() -> None:
    """Flask-Babel merges what it loads into a catalogue of its own, so one reading serves every application."""
    load = Translations.load

    @cache
    def _read(folder: str, locale: str, domain: str) -> Translations:
        return load(folder, [locale], domain)

    def read(
        _kind: type[Translations], folder: str, locales: list[object], domain: str = "messages"
    ) -> Translations:
        return _read(str(folder), *map(str, locales), domain)

    Translations.load = classmethod(read)
