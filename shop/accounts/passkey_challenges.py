"""Challenges that a passkey answers: for one purpose, one browser, ten minutes, and once.

One that is given out is stored nowhere: it comes back sealed. Only those that were answered are written down.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_bytes
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.errors import PasskeyTooLate
from shop.accounts.passkey_models import SpentChallenge
from shop.kit.references import token_digest
from shop.storage.field_cipher import FieldCipher, SealBroken

LIFETIME: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=1)
_LONGEST_SEAL: Final = 2000


class Purpose(StrEnum):
    ADD = "add"
    SIGN_IN = "sign_in"
    AGAIN = "again"  # somebody who is signed in shows that it is still they


@dataclass(frozen=True, slots=True)
class Challenge:
    """`value` goes to the key, `sealed` comes back with its answer. `handle` is what a new key knows its person by."""

    value: str
    sealed: str
    handle: str = ""


def new_challenge(
    purpose: Purpose,
    *,
    browser: str,
    cipher: FieldCipher,
    now: datetime,
    user_id: int | None = None,
    handle: str = "",
) -> Challenge:
    """`browser`: a secret that only this browser holds."""
    value = to_base64url(token_bytes(32))
    said = [purpose, value, token_digest(browser), user_id, handle, int(now.timestamp())]
    return Challenge(value, cipher.seal(json.dumps(said)), handle)


def reopen_challenge(
    sealed: str,
    purpose: Purpose,
    *,
    browser: str,
    cipher: FieldCipher,
    now: datetime,
    user_id: int | None = None,
) -> Challenge:
    """The one that this browser was given for this. Raises PasskeyTooLate for any other."""
    try:
        said = json.loads(cipher.open(sealed[:_LONGEST_SEAL]))
        known_as, value, digest, owner, handle, at = said
    except (SealBroken, ValueError, TypeError) as error:
        raise PasskeyTooLate() from error
    is_ours = known_as == purpose and owner == user_id and hmac.compare_digest(digest, token_digest(browser))
    if not is_ours or now.timestamp() - at > LIFETIME.total_seconds():
        raise PasskeyTooLate()
    return Challenge(value, sealed, handle)


def spend(session: Session, challenge: Challenge, *, now: datetime) -> None:
    """Raises PasskeyTooLate for one that was answered before, IntegrityError when two answer it at once."""
    digest = token_digest(challenge.value)
    if session.scalar(sa.select(SpentChallenge.id).where(SpentChallenge.digest == digest)) is not None:
        raise PasskeyTooLate()
    session.add(SpentChallenge(digest=digest, at=now))
    session.flush()


def forget_spent_challenges(session: Session, *, now: datetime) -> None:
    session.execute(sa.delete(SpentChallenge).where(SpentChallenge.at < now - KEPT))


def to_base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
