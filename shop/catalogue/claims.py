"""Claims of effect or cure in what buyers read. The words are data, in `data/claims_of_effect.txt`.

Every text that the shop shows beside goods is judged where it is written: names, stories and captions as much as
descriptions, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from shop.catalogue.words import fold
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

CLAIM: Final = msg("This claims an effect: %(words)s. Food must not be sold with it.")
_FILE: Final = Path(__file__).with_name("data") / "claims_of_effect.txt"


def claims_in(texts: Iterable[str]) -> list[str]:
    """The forbidden words that stand in these texts, in the order of the list."""
    folded = fold(" \n ".join(texts))
    squeezed = re.sub(r"\s+", "", folded)
    return [word for word, pattern in _patterns() if pattern.search(folded if word.isascii() else squeezed)]


def refuse_claims(values: Mapping[str, Any], *also: str) -> None:
    """Raises InvalidInput at each field that claims an effect. Texts for buyers end in _zh or _en; `also` names more."""
    found = {
        name: claims_in([str(value or "")])
        for name, value in values.items()
        if name.endswith(("_zh", "_en")) or name in also
    }
    errors = dict.fromkeys((name for name, words in found.items() if words), CLAIM)
    if errors:
        words = dict.fromkeys(word for words in found.values() for word in words)
        raise InvalidInput(errors=errors, words=", ".join(words))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    lines = (line.strip() for line in _FILE.read_text("utf-8").splitlines())
    return tuple((line, _pattern(line)) for line in lines if line and not line.startswith("#"))


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(fold(word))}\b" if word.isascii() else re.escape(fold(word)))
