"""统一社会信用代码, the number that every Chinese organisation has: GB 32100-2015."""

from __future__ import annotations

from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V and Z
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


def is_tax_number(text: str) -> bool:
    """Whether both check digits are right: the 9th character of the organisation code and the last of all.

    Capital letters only, without spaces: tidy what was typed first.
    """
    if len(text) != 18 or any(character not in _ALPHABET for character in text):
        return False
    return text[16] == _organisation_check(text[8:16]) and text[17] == _last_check(text[:17])


def _organisation_check(body: str) -> str:
    """GB 11714, the older code inside: modulo 11, where letters count 10 for A to 35 for Z."""
    total = sum(
        int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _last_check(body: str) -> str:
    """Modulo 31, with the powers of 3 as weights."""
    total = sum(_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return _ALPHABET[-total % 31]
