"""Seed documents to spoil: the file that comes with the shop, and what `read` says of a changed copy."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from shop.seeding.read import find_mistakes
from shop.settings import ROOT

SEED_FILE = ROOT / "seed_products.json"
TODAY = date(2026, 11, 22)


@cache
def _shipped() -> dict[str, Any]:
    return json.loads(SEED_FILE.read_text(encoding="utf-8"))


def shipped_document() -> dict[str, Any]:
    return copy.deepcopy(_shipped())


def mistakes_after(spoil: Callable[[dict[str, Any]], object], *, today: date = TODAY) -> dict[str, str]:
    """What is told about the shipped file once `spoil` has changed it: words by path."""
    document = shipped_document()
    spoil(document)
    return {mistake.path: mistake.words for mistake in find_mistakes(document, today=today)}


def place_of(document: dict[str, Any], part: str, key: str, value: str) -> int:
    """The index of the entry of a part that has this natural key."""
    return next(place for place, entry in enumerate(document[part]) if entry[key] == value)
