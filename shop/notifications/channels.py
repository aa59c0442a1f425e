"""How letters leave: to the console of a demo, or through the addresses of NOTIFY_URLS and the provider of texts."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import TextIO
from urllib.parse import quote

import apprise

from shop.notifications.robots import write_to_robot
from shop.notifications.sending import DeliveryFailed, Envelope, Texts
from shop.storage.outbox import PermanentFailure

# Apprise says to whom it wrote; our logs name nobody.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


def reaches_a_reader(url: str) -> bool:
    """Whether the reader's address or number has its place in it."""
    return "{email}" in url or "{phone}" in url


def is_usable(url: str) -> bool:
    """Whether apprise knows such an address. Nothing is sent."""
    example = url.replace("{email}", "reader%40example.com").replace("{phone}", "8613800000000")
    return apprise.Apprise.instantiate(example) is not None


class ConsoleChannel:
    """Prints letters, so that a demo shows what would be sent."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def send(self, envelope: Envelope) -> None:
        to = envelope.email or envelope.phone or "nobody"
        if envelope.robot is not None:
            to = f"a robot of {envelope.robot.kind}"
        text = envelope.text if envelope.email and envelope.robot is None else envelope.short
        stream = self._stream or sys.stdout
        stream.write(f"--- to {to}: {envelope.subject}\n{text.strip()}\n---\n")
        stream.flush()


class AppriseTexts:
    """Telephones by the addresses with `{phone}`. Most such services know no name of ours for a message."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = [url for url in urls if "{phone}" in url]

    def send_text(self, phone: str, text: str, key: str) -> None:
        if not self._urls:
            raise PermanentFailure("nothing in the settings reaches a telephone")
        urls = [url.replace("{phone}", quote(phone, safe="")) for url in self._urls]
        _notify(urls, "", text, apprise.NotifyFormat.TEXT)


class AppriseChannel:
    """URLs with `{email}` reach a mailbox; a telephone is reached by `texts`. Mail comes first.

    Such as `mailtos://shop:secret@smtp.example.edu?to={email}` and a text message service's `…/{phone}`.
    """

    def __init__(self, urls: Sequence[str], texts: Texts | None = None) -> None:
        self._mail = [url for url in urls if "{email}" in url]
        self._texts = texts or AppriseTexts(urls)

    def send(self, envelope: Envelope) -> None:
        if envelope.robot is not None:
            write_to_robot(envelope.robot, envelope.short)
        elif envelope.email and self._mail:
            urls = [url.replace("{email}", quote(envelope.email, safe="")) for url in self._mail]
            _notify(urls, envelope.subject, envelope.html, apprise.NotifyFormat.HTML)
        elif envelope.phone:
            self._texts.send_text(envelope.phone, envelope.short, envelope.key)
        else:
            raise PermanentFailure("NOTIFY_URLS has no address that reaches this person")


def _notify(urls: Sequence[str], title: str, body: str, body_format: str) -> None:
    service = apprise.Apprise()
    for url in urls:
        if not service.add(url):
            raise PermanentFailure("an address in NOTIFY_URLS cannot be used")
    if not service.notify(title=title, body=body, body_format=body_format):
        raise DeliveryFailed("the service did not take the message")
