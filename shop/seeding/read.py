"""Reads a seed file whole, or refuses it whole with every mistake."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from shop.seeding.document import Mistake, root
from shop.seeding.law import law_mistakes
from shop.seeding.references import reference_mistakes
from shop.seeding.rules import rule_mistakes
from shop.seeding.structure import structure_mistakes

Record = dict[str, Any]


class SeedRefused(Exception):
    """The file has mistakes; nothing of it is loaded."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, mistakes)))


@dataclass(frozen=True)
class Seed:
    """A checked file. `digest` tells one file from another."""

    content: Record
    digest: str

    def records(self, key: str) -> list[Record]:
        found: list[Record] = self.content[key]
        return found

    @property
    def demo(self) -> Record:
        found: Record = self.content["demo"]
        return found


def read_seed(path: Path, *, today: date) -> Seed:
    """Raises SeedRefused with every mistake, and OSError when there is no such file.

    `today` is the Shanghai day that certificates must be valid on.
    """
    raw = path.read_bytes()
    document = _parse(raw)
    mistakes = find_mistakes(document, today=today)
    if mistakes:
        raise SeedRefused(mistakes)
    return Seed(content=document, digest=digest_of(raw))


def digest_of(raw: bytes) -> str:
    return sha256(raw).hexdigest()


def find_mistakes(document: object, *, today: date) -> list[Mistake]:
    """Every mistake once, in the order of the kinds of check."""
    entry = root(document)
    found = [
        *structure_mistakes(document),
        *reference_mistakes(entry),
        *rule_mistakes(entry),
        *law_mistakes(entry, today=today),
    ]
    return list(dict.fromkeys(found))


def _parse(raw: bytes) -> Record:
    try:
        document: Record = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_each_name_once)
    except UnicodeDecodeError as error:
        raise SeedRefused([Mistake("$", f"is not UTF-8 at byte {error.start}")]) from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise SeedRefused([Mistake("$", f"is not JSON: {error.msg} at {where}")]) from error
    except _NameTwice as error:
        raise SeedRefused([Mistake("$", f"an object has the property {error} twice")]) from error
    return document


class _NameTwice(ValueError):
    """JSON allows it and keeps the last one silently; a person who wrote it did not mean that."""


def _each_name_once(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise _NameTwice(next(name for name in names if names.count(name) > 1))
    return record
