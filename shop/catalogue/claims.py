"""Claims of effect or cure in what buyers read. The words are data, in `data/claims_of_effect.txt`; sentences that say
the same with other words, of an illness or a blood pressure that went, in `data/claims_in_sentences.txt`.

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
_DATA: Final = Path(__file__).with_name("data")
_A_FEW: Final = r"[^。!?;,.、\n]{0,4}"  # characters
_SOME_WORDS: Final = r"(?:[\w'’-]+ ){0,4}"


def claims_in(texts: Iterable[str]) -> list[str]:
    """What stands in these texts: forbidden words, in the order of the list, then sentences that claim without them."""
    folded = fold(" \n ".join(texts))
    squeezed = re.sub(r"\s+", "", folded)
    words = [word for word, pattern in _patterns() if pattern.search(folded if word.isascii() else squeezed)]
    return [*words, *_sentences(folded, words)]


def _sentences(folded: str, words: list[str]) -> list[str]:
    """Each as it stands in the text; not those in which a forbidden word was found already."""
    english, chinese = re.sub(r"[^\S\n]+", " ", folded), re.sub(r"[^\S\n]+", "", folded)
    found = (pattern.search(english if is_english else chinese) for is_english, pattern in _said())
    texts = dict.fromkeys(one[0] for one in found if one is not None)
    longest = [one for one in texts if not any(one != other and one in other for other in texts)]
    return [one for one in longest if not any(fold(word) in one or one in fold(word) for word in words)]


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
    return tuple((line, _pattern(line)) for line in _lines("claims_of_effect.txt"))


@cache
def _said() -> tuple[tuple[bool, re.Pattern[str]], ...]:
    """Whether it is English, and the pattern."""
    names: dict[str, str] = {}
    said = []
    for line in _lines("claims_in_sentences.txt"):
        if line.startswith("@"):
            name, _colon, listed = line[1:].partition(":")
            names[name] = f"(?:{'|'.join(map(re.escape, listed.split()))})"
            continue
        is_english = line.replace("…", "").isascii()
        pattern = line.replace("… ", _SOME_WORDS) if is_english else line.replace("…?", _A_FEW)
        for name, words in names.items():
            pattern = pattern.replace(f"<{name}>", words)
        said.append((is_english, re.compile(rf"\b{pattern}\b" if is_english else pattern)))
    return tuple(said)


def _lines(name: str) -> list[str]:
    lines = (line.strip() for line in (_DATA / name).read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(fold(word))}\b" if word.isascii() else re.escape(fold(word)))
