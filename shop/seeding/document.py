"""Looking into a seed file that may still be wrong: what has not the expected shape is passed over.

The schema's own mistakes name it; the other checks go on with the rest, so that all mistakes are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Mistake:
    """What is wrong, in words, and where, as a JSON path such as ``$.products[3].variants[1].price_fen``."""

    path: str
    words: str

    def __str__(self) -> str:
        return f"{self.path}: {self.words}"


Check = Callable[["Entry"], Iterator[Mistake]]


@dataclass(frozen=True)
class Entry:
    """One JSON object and its path."""

    path: str
    values: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def numbers(self, *keys: str) -> list[int] | None:
        """All of them, or None if one is missing."""
        found = [self.number(key) for key in keys]
        return None if None in found else [number for number in found if number is not None]

    def child(self, key: str) -> Entry:
        value = self.values.get(key)
        return Entry(f"{self.path}.{key}", value if isinstance(value, dict) else {})

    def children(self, key: str) -> list[Entry]:
        return [
            Entry(f"{self.path}.{key}[{place}]", value)
            for place, value in enumerate(self._list(key))
            if isinstance(value, dict)
        ]

    def texts(self, key: str) -> list[tuple[str, str]]:
        """The path and text of each text in a list."""
        return [
            (f"{self.path}.{key}[{place}]", value)
            for place, value in enumerate(self._list(key))
            if isinstance(value, str)
        ]

    def mistake(self, key: str, words: str) -> Mistake:
        return Mistake(f"{self.path}.{key}" if key else self.path, words)

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key)
        return value if isinstance(value, list) else []


def root(document: object) -> Entry:
    return Entry("$", document if isinstance(document, dict) else {})


def variants_of(document: Entry) -> list[Entry]:
    return [variant for product in document.children("products") for variant in product.children("variants")]
