"""How the shop and its provider of text messages know each other's words: an HMAC over the moment and the body."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

HEADER: Final = "Sms-Signature"
TOLERANCE_SECONDS: Final = 300


def sms_signature(body: bytes, secret: str, at: int) -> str:
    """`t=…,v1=…`; `at` in seconds since 1970. Neither body nor moment can be changed, nor sent again later."""
    return f"t={at},v1={hmac.new(secret.encode(), b'%d.' % at + body, sha256).hexdigest()}"


def is_sms_signed(header: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> bool:
    """Whether one of our secrets signed exactly this, within five minutes. Constant time for each secret."""
    moment = header.partition(",")[0].removeprefix("t=")
    if not header.isascii() or not moment.isdigit() or len(moment) > 12:
        return False
    at = int(moment)
    known = [hmac.compare_digest(header, sms_signature(body, secret, at)) for secret in secrets]
    return any(known) and abs(now.timestamp() - at) <= TOLERANCE_SECONDS
