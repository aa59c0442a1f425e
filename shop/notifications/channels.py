"""How letters leave: to the console of a demo, or through the addresses of NOTIFY_URLS."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO
from urllib.parse import quote

import apprise

from shop.storage.outbox import PermanentFailure

# Apprise says to whom it wrote; our logs name nobody.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Envelope:
    """A finished letter. `short` is what fits into a text message."""

    email: str | None
    phone: str | None
    subject: str
    text: str
    html: str
    short: str


def reaches_a_reader(url: str) -> bool:
    """Whether the reader's address or number has its place in it."""
    return "{email}" in url or "{phone}" in url


def is_usable(url: str) -> bool:
    """Whether apprise knows such an address. Nothing is sent."""
    example = url.replace("{email}", "reader%40example.com").replace("{phone}", "8613800000000")
    return apprise.Apprise.instantiate(example) is not None


class Channel(Protocol):
    def send(self, envelope: Envelope) -> None:
        """Raises DeliveryFailed (try again later) or PermanentFailure (never)."""


class DeliveryFailed(Exception):
    """The service did not take it this time."""


class ConsoleChannel:
    """Prints letters, so that a demo shows what would be sent."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, envelope: Envelope) -> None:
        to = envelope.email or envelope.phone or "nobody"
        text = envelope.text if envelope.email else envelope.short
        stream = self._stream or sys.stdout
        stream.write(f"--- to {to}: {envelope.subject}\n{text.strip()}\n---\n")
        stream.flush()


class AppriseChannel:
    """URLs with `{email}` reach a mailbox, URLs with `{phone}` a telephone; mail comes first.

    Such as `mailtos://shop:secret@smtp.example.edu?to={email}` and a text message service's `…/{phone}`.
    """

    def __init__(self, urls: Sequence[str]) -> None:
        self._mail = [url for url in urls if "{email}" in url]
        self._text = [url for url in urls if "{phone}" in url]

    def send(self, envelope: Envelope) -> None:
        if envelope.email and self._mail:
            urls = [url.replace("{email}", quote(envelope.email, safe="")) for url in self._mail]
            self._notify(urls, envelope.subject, envelope.html, apprise.NotifyFormat.HTML)
        elif envelope.phone and self._text:
            urls = [url.replace("{phone}", quote(envelope.phone, safe="")) for url in self._text]
            self._notify(urls, "", envelope.short, apprise.NotifyFormat.TEXT)
        else:
            raise PermanentFailure("NOTIFY_URLS has no address that reaches this person")

    def _notify(self, urls: Sequence[str], title: str, body: str, body_format: str) -> None:
        service = apprise.Apprise()
        for url in urls:
            if not service.add(url):
                raise PermanentFailure("an address in NOTIFY_URLS cannot be used")
        if not service.notify(title=title, body=body, body_format=body_format):
            raise DeliveryFailed("the service did not take the message")
