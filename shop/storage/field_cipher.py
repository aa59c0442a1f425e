"""Sealed columns: second-factor secrets, bank accounts, identity numbers."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SealBroken(Exception):
    """A sealed value was not sealed under any of the keys: it was altered, or its key is gone."""


class FieldCipher:
    """Seals short texts under the first of FIELD_KEYS and opens them under any, so that keys can be changed."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_fernet_key(key)) for key in keys])

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SealBroken."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SealBroken() from error


def _fernet_key(key: str) -> bytes:
    """Settings hold texts of any length; Fernet wants 32 bytes."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"field\0" + key.encode()).digest())
