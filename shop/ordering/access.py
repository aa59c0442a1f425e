"""A guest's signed link: the key that opens one order to whoever holds it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from shop.kit.references import decode, encode, sign_code, verify_code

LINK_LIFETIME = timedelta(days=60)
_PURPOSE: Final = "order-link"
_SIGNATURE: Final = 27  # characters of five bits: 135 bits
_HOURS: Final = 5  # characters that hold the hour in which the link ends


def guest_key(number: str, secrets: Sequence[str], *, now: datetime) -> str:
    """A key for the order with this number, signed with the first secret; it opens for 60 days."""
    ends = encode(int((now + LINK_LIFETIME).timestamp()) // 3600, _HOURS)
    signed = sign_code(f"{number}.{ends}", secrets[0], purpose=_PURPOSE, length=_SIGNATURE)
    return signed.removeprefix(f"{number}.")


def opens_order(number: str, key: str, secrets: Iterable[str], *, now: datetime) -> bool:
    """Whether the key opens this order now; `secrets` are the current one and those before it."""
    if len(key) != _HOURS + _SIGNATURE:
        return False
    if verify_code(f"{number}.{key}", secrets, purpose=_PURPOSE, length=_SIGNATURE) is None:
        return False
    return now < datetime.fromtimestamp(decode(key[:_HOURS]) * 3600, UTC)
