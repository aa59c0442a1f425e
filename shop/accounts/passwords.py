"""Argon2id hashes, and which passwords are good enough."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shop.accounts.errors import WeakPassword
from shop.kit.text import msg

MIN_LENGTH: Final = 8
MIN_LENGTH_STAFF: Final = 12
MAX_LENGTH: Final = 256  # far beyond any phrase; what is longer only costs time
DEMO_PASSWORD: Final = "demo-password"  # noqa: S105  allowed in the demo only, known to everybody

# OWASP: at least 19 MiB, two rounds, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Verified when there is no account, so that an unknown address takes as long as a known one.
_NOBODYS_HASH: Final = _HASHER.hash("nobody has this password")

_COMMON: Final = frozenset(
    line.casefold()
    for line in Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
)
_SHOP_WORDS: Final = frozenset({
    "shop", "village", "villageshop", "firstsecretary", "firstsecretaryvillageshop", "secretary", "demopassword",
    "admin", "administrator", "farmer", "coordinator", "campus", "university", "password", "passphrase",
    "第一书记", "扶贫超市", "第一书记扶贫超市",
})  # fmt: skip
_NOT_LETTERS: Final = re.compile(r"[\W\d_]+")


def hash_password(password: str) -> str:
    return _HASHER.hash(_normal(password))


def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one. Takes the same time when there is no hash to compare with."""
    try:
        _HASHER.verify(password_hash or _NOBODYS_HASH, _normal(password)[: MAX_LENGTH + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """The hash was made with weaker settings; the next sign-in makes it anew."""
    return _HASHER.check_needs_rehash(password_hash)


def least_length(*, staff: bool) -> int:
    return MIN_LENGTH_STAFF if staff else MIN_LENGTH


def judge_password(
    password: str,
    *,
    staff: bool,
    personal: tuple[str, ...] = (),
    demo: bool = False,
    field: str = "password",
) -> None:
    """Raises WeakPassword saying what is wrong. `personal` are words that may not be the whole password."""
    if demo and password == DEMO_PASSWORD:
        return
    normal = _normal(password)
    least = least_length(staff=staff)
    if len(normal) < least:
        raise WeakPassword(msg("Please use at least %(count)s characters."), field=field, count=least)
    if len(normal) > MAX_LENGTH:
        raise WeakPassword(msg("Please use at most %(count)s characters."), field=field, count=MAX_LENGTH)
    if _is_guessable(normal, personal):
        raise WeakPassword(msg("This password is easy to guess. Please choose another one."), field=field)


def _is_guessable(password: str, personal: tuple[str, ...]) -> bool:
    folded = password.casefold()
    letters = _NOT_LETTERS.sub("", folded)
    own = {_NOT_LETTERS.sub("", part.casefold()) for word in personal for part in (word, word.split("@")[0])}
    return (
        folded in _COMMON
        or letters in _SHOP_WORDS
        or letters in own - {""}
        or len(set(folded)) <= 2  # aaaaaaaa, 12121212
    )


def _normal(password: str) -> str:
    """Keyboards write the same letter in several ways."""
    return unicodedata.normalize("NFKC", password)
