"""Carries the events of the small Stripe to a shop, over HTTP: signed as they should be, or not; again, backwards, at once."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from hmac import new as hmac_new
from typing import Any

STALE_SECONDS = 600


class Postman:
    def __init__(self) -> None:
        self.url, self.secret = "", ""
        self.arrived: set[str] = set()

    def set_up(self, *, url: str = "", secret: str = "", **_: Any) -> dict[str, Any]:
        self.url, self.secret = url or self.url, secret or self.secret
        return {"url": self.url}

    def deliver(
        self,
        events: list[dict[str, Any]],
        *,
        times: int = 1,
        order: str = "",
        parallel: bool = False,
        sig: str = "good",
    ) -> list[dict[str, Any]]:
        rounds = [one for one in (reversed(events) if order == "reverse" else events) for _ in range(times)]
        with ThreadPoolExecutor(max(len(rounds), 1) if parallel else 1) as crew:
            return list(crew.map(lambda event: self._carry(event, sig), rounds))

    def _carry(self, event: dict[str, Any], sig: str) -> dict[str, Any]:
        body = json.dumps(event).encode()
        at = int(time.time()) - (STALE_SECONDS if sig == "stale" else 0)
        secret = "whsec_other" if sig == "bad" else self.secret
        mac = hmac_new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
        headers = {} if sig == "missing" else {"Stripe-Signature": f"t={at},v1={mac}"}
        body = body + b" " if sig == "tampered" else body
        status = answer_to(urllib.request.Request(self.url, data=body, headers=headers))
        if 200 <= status < 300:
            self.arrived.add(event["id"])
        return {"event": event["id"], "type": event["type"], "sig": sig, "status": status}


def answer_to(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code
