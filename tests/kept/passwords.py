"""Passwords hashed cheaply: nobody attacks a test's people, and a hash as the shop makes it takes 30 ms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher

from shop.accounts import passwords

_THE_SHOPS_OWN = (passwords._HASHER, passwords._NOBODYS_HASH)


def keep_passwords_cheap() -> None:
    """Who signs in at a shop under gunicorn, which hashes as ever, has the hash made anew, as after an upgrade."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._HASHER, passwords._NOBODYS_HASH = cheap, cheap.hash("nobody has this password")


@contextmanager
def hashed_as_in_the_shop() -> Iterator[None]:
    """For tests of the hash itself, and of the time that it takes."""
    cheap = (passwords._HASHER, passwords._NOBODYS_HASH)
    passwords._HASHER, passwords._NOBODYS_HASH = _THE_SHOPS_OWN
    try:
        yield
    finally:
        passwords._HASHER, passwords._NOBODYS_HASH = cheap
