"""RSA keys as people are handed them: a file or its text, PEM or the bare base64 that Alipay's tool writes."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificate

SHORTEST_TEXT = 200  # a key's text is longer, a path is not
LEAST_BITS = 2048


class UnreadableKey(ValueError):
    """Not such a key. What was read is never repeated."""


def read_private_key(value: str) -> str:
    """The key as PKCS#8 PEM. Raises UnreadableKey."""
    text = _text_of(value)
    try:
        if "-----BEGIN" in text:
            key = load_pem_private_key(text.encode(), password=None)
        else:
            key = load_der_private_key(_bytes_of(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnreadableKey() from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_BITS:
        raise UnreadableKey()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def read_public_key(value: str) -> str:
    """The key, or that of a certificate, as PEM. Raises UnreadableKey."""
    text = _text_of(value)
    key: object
    try:
        if "BEGIN CERTIFICATE" in text:
            key = load_pem_x509_certificate(text.encode()).public_key()
        elif "-----BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(_bytes_of(text))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise UnreadableKey() from None
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise UnreadableKey()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _text_of(value: str) -> str:
    """The text itself, its lines perhaps joined by backslash and n, or that of the file it names."""
    if len(value) >= SHORTEST_TEXT or "-----BEGIN" in value:
        return value.replace("\\n", "\n").strip()
    try:
        return Path(value).read_text("utf-8").strip()
    except (OSError, ValueError):
        raise UnreadableKey() from None


def _bytes_of(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except NotBase64:
        raise UnreadableKey() from None
