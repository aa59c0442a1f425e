"""The sandbox's webhooks: how they are written, signed and sent."""

from __future__ import annotations

import hmac
import json
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from shop.payments.sandbox.models import TillStatus
from shop.payments.sandbox.till import page_of
from shop.storage.unit_of_work import UnitOfWork

SIGNATURE_HEADER = "Sandbox-Signature"
TOLERANCE_SECONDS = 300
TIMEOUT_SECONDS = 10


def signature(body: bytes, secret: str, at: int) -> str:
    """`t=…,v1=…`: an HMAC over the moment and the body, so that neither can be changed or sent again later."""
    key = hmac.digest(secret.encode(), b"sandbox notices", "sha256")
    return f"t={at},v1={hmac.new(key, b'%d.' % at + body, sha256).hexdigest()}"


def is_signed(header: str, body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    moment = header.partition(",")[0].removeprefix("t=")
    if not header.isascii() or not moment.isdigit() or len(moment) > 12:
        return False
    at = int(moment)
    known = [hmac.compare_digest(header, signature(body, secret, at)) for secret in secrets]
    return any(known) and abs(now.timestamp() - at) <= TOLERANCE_SECONDS


def notice_body(token: str, reference: str, status: TillStatus, amount_fen: int) -> bytes:
    facts: dict[str, Any] = {
        "id": f"{token}:{status}",
        "type": f"page.{status}",
        "reference": reference,
        "token": token,
        "status": status,
        "amount_fen": amount_fen,
    }
    return json.dumps(facts).encode()


def send_notice(unit_of_work: UnitOfWork, token: str, *, url: str, secret: str, now: datetime) -> None:
    """Tell the shop what became of a page. Raises OSError when the shop does not take it; then it is sent again."""
    page = unit_of_work.run(partial(page_of, token=token, now=now))
    body = notice_body(page.token, page.reference, page.status, page.amount_fen)
    headers = {
        "Content-Type": "application/json",
        SIGNATURE_HEADER: signature(body, secret, int(now.timestamp())),
    }
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310  our own URL
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310  our own URL
        pass
