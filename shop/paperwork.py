"""Puts papers for reimbursement together in the language of who asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from flask_babel import force_locale, gettext

from shop.inventory.lot_import import forget_tables
from shop.mailroom import LOCALES
from shop.reimbursement.making import forget_packs, make_packs
from shop.settings import Settings
from shop.storage.media import media_store
from shop.storage.unit_of_work import UnitOfWork


class At(Protocol):
    """What a job may use."""

    @property
    def unit_of_work(self) -> UnitOfWork: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def now(self) -> datetime: ...


@contextmanager
def speak(language: str) -> Iterator[Callable[[str], str]]:
    """Sentences of the domain in this language. Needs an application context."""
    with force_locale(LOCALES.get(language, "zh")):
        yield gettext


def make_waiting_packs(at: At) -> int:
    return make_packs(at.unit_of_work, media_store(at.settings.media_url), speak, now=at.now)


def forget_files(at: At) -> int:
    """Tables that somebody began to import, and packs that were made some days ago."""
    store = media_store(at.settings.media_url)
    return forget_tables(store, now=at.now) + forget_packs(at.unit_of_work, store, now=at.now)
