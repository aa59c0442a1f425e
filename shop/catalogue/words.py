"""How text becomes words to search by, on the side of the index and on the side of the question alike.

Chinese is cut into pairs of characters, so the question needs no dictionary: 椴木香菇 is 椴木, 木香, 香菇.
Latin words, pinyin among them, are lower-cased and lose tone marks and plural endings.
"""

from __future__ import annotations

import re
import unicodedata

_PIECES = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[a-z0-9]+")
_TONES = re.compile(r"[\u0300-\u0307\u0309-\u036f]")
_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ`"))
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("oes", "o"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"))


def fold(text: str) -> str:
    """Lower case, half width, without tone marks; ü becomes v as it is typed (lǜ chá → lv cha)."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower().translate(_APOSTROPHES))
    return unicodedata.normalize("NFC", _TONES.sub("", plain).replace("u\u0308", "v").replace("\u0308", ""))


def pieces(text: str) -> list[str]:
    """Runs of Chinese characters and runs of Latin letters and digits, in their order, folded."""
    return _PIECES.findall(fold(text))


def is_han(piece: str) -> bool:
    return not piece.isascii()


def pairs(run: str) -> list[str]:
    """Each two neighbours in a run of Chinese characters; a single character is its own pair."""
    return [run] if len(run) == 1 else [run[place : place + 2] for place in range(len(run) - 1)]


def stem(word: str) -> str:
    """An English word without the ending of the plural: mushrooms → mushroom, berries → berry."""
    if len(word) < 4 or not word.isalpha() or word.endswith(("ss", "us", "is")):
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word.removesuffix(ending) + instead
    return word.removesuffix("s")


def one_letter_less(word: str) -> set[str]:
    """The word, and the word with any one letter left out.

    Two words of which one is the other with a letter wrong, missing, added or swapped have one of these in
    common (symmetric deletes, W. Garbe's SymSpell).
    """
    return {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}


def is_one_letter_off(typed: str, word: str) -> bool:
    """Whether one letter changed, added, left out or swapped with its neighbour makes one of the other."""
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return typed == word
    start = next(
        (i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word))
    )
    rest_typed, rest_word = typed[start:], word[start:]
    return (
        rest_typed[1:] == rest_word[1:]
        or rest_typed[1:] == rest_word
        or rest_typed == rest_word[1:]
        or (rest_typed[1::-1] + rest_typed[2:] == rest_word and len(rest_typed) > 1)
    )
