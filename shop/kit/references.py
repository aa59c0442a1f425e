"""Codes that people read, type and scan: Crockford base 32, without I, L, O and U."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from shop.kit.text import half_width

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def random_code(length: int) -> str:
    """`length` random characters, five bits each: 26 are 130 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def random_digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))


def secret_token() -> str:
    """A URL-safe token of 256 bits, for links and cookies; store only its `token_digest`."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored instead of a token: it finds the row and opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_digest(whose: str, token: str) -> str:
    """What is stored of a form that was sent: sent twice it finds its row, and nobody else's form can meet it."""
    return token_digest(f"{whose} {token}")


def normalise_code(typed: str) -> str:
    """What a person typed, with case, spaces, hyphens, look-alikes and a Chinese keyboard's full width repaired."""
    return half_width(typed).strip().upper().translate(_LOOKALIKES)


def encode(number: int, length: int) -> str:
    """A number in Crockford base 32, padded with zeros to `length`. Raises ValueError if it does not fit."""
    if not 0 <= number < 32**length:
        raise ValueError("the number does not fit")
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(length)))


def decode(code: str) -> int:
    """The number that `encode` wrote. Raises ValueError for a character outside the alphabet."""
    number = 0
    for character in code:
        number = number * 32 + ALPHABET.index(character)
    return number


def signature(body: str, key: str | bytes, *, purpose: str, length: int = 8) -> str:
    """A truncated HMAC of `body`, five bits a character. The purpose keeps one use's codes out of another."""
    secret = key.encode() if isinstance(key, str) else key
    digest = hmac.digest(secret, f"{purpose}\0{body}".encode(), "sha256")
    return encode(int.from_bytes(digest) >> (256 - 5 * length), length)


def sign_code(body: str, key: str | bytes, *, purpose: str, length: int = 8) -> str:
    """`body` followed by `length` characters of signature."""
    return body + signature(body, key, purpose=purpose, length=length)


def verify_code(code: str, keys: Iterable[str | bytes], *, purpose: str, length: int = 8) -> str | None:
    """The body of a code signed under any of `keys` (old ones too), else None. Constant time for each key."""
    body, given = code[:-length], code[-length:]
    if not body or not given.isascii():
        return None
    matches = [
        hmac.compare_digest(given, signature(body, key, purpose=purpose, length=length)) for key in keys
    ]
    return body if any(matches) else None
