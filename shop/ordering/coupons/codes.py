"""Codes: how they are made, how they are typed, and by what they are known."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from shop.kit.references import normalise_code, random_code
from shop.kit.text import half_width, tidy

LENGTH: Final = 15  # five bits each: 75, so that a table of digests cannot be tried through
_GROUP: Final = 5
LONGEST_TYPED: Final = 60
_ROUNDS: Final = 100  # of the digest
_SALT: Final = b"shop.coupon"
WORD: Final = re.compile(r"[0-9A-Z]{4,24}")
# Cyrillic and Greek letters that look like ours, as a text copied from somewhere may have them.
_ALIKE: Final = str.maketrans("АВЕЅЗКМНОРСТУХІЈΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABES3KMHOPCTYXIJABEZHIKMNOPTYX")


def new_code() -> str:
    return random_code(LENGTH)


def grouped(code: str) -> str:
    """As it is printed: `7K2M9-…`."""
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))


def normalise(typed: str) -> str:
    """What was typed, with case, spaces, dashes of every kind, full width and look-alikes repaired."""
    plain = re.sub(r"[\s_\u2010-\u2015\u2212.·]+", "", tidy(typed)[:LONGEST_TYPED])
    return normalise_code(normalise_code(plain).translate(_ALIKE))


def word_of(typed: str) -> str:
    """A public word as it is shown: capitals and digits."""
    return re.sub(r"[^0-9A-Z]", "", half_width(tidy(typed)[:LONGEST_TYPED]).upper())


def digest_of(typed: str) -> str:
    """What finds a code's row and cannot be turned back into the code."""
    code = normalise(typed).encode()
    return hashlib.pbkdf2_hmac("sha256", code, _SALT, _ROUNDS).hex()
