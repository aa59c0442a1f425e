"""Reads typed values from environment variables and remembers every one that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from fsspec import get_filesystem_class
from fsspec.utils import get_protocol
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from shop.notifications.channels import is_usable, reaches_a_reader

Choice = TypeVar("Choice", bound=StrEnum)

_SWITCH = {
    "on": True,
    "true": True,
    "1": True,
    "yes": True,
    "off": False,
    "false": False,
    "0": False,
    "no": False,
}
_DATABASES = ("sqlite", "postgresql")
_READ_ONLY = {"http", "https", "data"}


class Reader:
    """One method a type; a value that does not fit adds a sentence to `problems` and gives the default."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in (self.text(name) or "").split(",") if part.strip())

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            self.problems.append(f"{name} must be a whole number from {least} to {most}")
            return default
        return int(text)

    def switch(self, name: str, *, default: bool) -> bool:
        text = self.text(name)
        if text is None:
            return default
        if text.lower() not in _SWITCH:
            self.problems.append(f"{name} must be on or off")
        return _SWITCH.get(text.lower(), default)

    def choice(self, name: str, choices: type[Choice], default: Choice) -> Choice:
        text = self.text(name)
        if text is None:
            return default
        if text not in list(choices):
            self.problems.append(f"{name} must be one of: {', '.join(choices)}")
            return default
        return choices(text)

    def path(self, name: str, default: Path) -> Path:
        text = self.text(name)
        return Path(text).resolve() if text else default

    def some_of(self, name: str, known: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """Some of what is known, in the order in which they are named."""
        given = self.several(name)
        self.problems += [
            f"{name}: {text} is not one of: {', '.join(known)}" for text in given if text not in known
        ]
        return tuple(dict.fromkeys(text for text in given if text in known)) if given else default

    def file_store(self, name: str, default: str) -> str:
        """The fsspec URL of a place to write to."""
        text = self.text(name) or default
        protocol = get_protocol(text)
        try:
            get_filesystem_class(protocol)
        except (ValueError, ImportError) as error:
            self.problems.append(f"{name}: nothing can be stored at {protocol}:// ({error})")
        else:
            if protocol in _READ_ONLY:
                self.problems.append(f"{name}: nothing can be stored at {protocol}://")
        return text

    def notify_urls(self, name: str) -> tuple[str, ...]:
        """Apprise URLs; a problem names their place, not them: passwords stand in them."""
        given = self.several(name)
        for place, text in enumerate(given, 1):
            if not reaches_a_reader(text):
                self.problems.append(
                    f"{name}: address {place} has no {{email}} or {{phone}} where a reader's belongs"
                )
            elif not is_usable(text):
                self.problems.append(f"{name}: address {place} cannot be used by apprise")
        return given

    def url(self, name: str, *, schemes: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        if _split(text).scheme not in schemes:
            self.problems.append(f"{name} must be a URL that begins with {' or '.join(schemes)}://")
            return None
        return text

    def web_url(self, name: str) -> str | None:
        text = self.text(name)
        if text is None:
            return None
        parts = _split(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            self.problems.append(f"{name} must be a plain http:// or https:// address")
            return None
        return text.rstrip("/")

    def database_url(self, name: str, default: str) -> str:
        text = self.text(name)
        if text is None:
            return default
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            self.problems.append(f"{name} is not a database URL")
            return default
        if url.get_backend_name() not in _DATABASES:
            self.problems.append(f"{name} must be a sqlite or postgresql URL")
            return default
        if url.get_backend_name() == "postgresql":
            return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        return text

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        networks = []
        for text in self.several(name):
            try:
                networks.append(ip_network(text))
            except ValueError:
                self.problems.append(f"{name}: {text} is not a network such as 10.0.0.0/8")
        return tuple(networks)


def _split(text: str) -> SplitResult:
    """The parts of a URL, all empty when it is none; a port that is no port makes it none."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts
