"""Claims of effect or cure in a product's words. The words are data, in `data/claims_of_effect.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from shop.catalogue.words import fold

_FILE: Final = Path(__file__).with_name("data") / "claims_of_effect.txt"


def claims_in(texts: Iterable[str]) -> list[str]:
    """The forbidden words that stand in these texts, in the order of the list."""
    folded = fold(" \n ".join(texts))
    squeezed = re.sub(r"\s+", "", folded)
    return [word for word, pattern in _patterns() if pattern.search(folded if word.isascii() else squeezed)]


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    lines = (line.strip() for line in _FILE.read_text("utf-8").splitlines())
    return tuple((line, _pattern(line)) for line in lines if line and not line.startswith("#"))


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(fold(word))}\b" if word.isascii() else re.escape(fold(word)))
