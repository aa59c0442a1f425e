"""Drives a Stripe of one's own over its control paths: the fake beside this file, or a larger double."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from hmac import new as hmac_new
from pathlib import Path
from typing import Any

from shop.payments.providers.stripe_api import StripeApi
from shop.payments.providers.stripe_checkout import StripeCheckout
from tests.fakes.stripe_server import FakeStripe

SECRETS = ("whsec_new", "whsec_old")
BESIDE = Path(__file__).resolve().parents[3] / "shared"
DOUBLE = BESIDE / "tools" / "stripe_double.py"
SPEC = BESIDE / "stripe" / "spec3.trimmed.json"


class StripeLab:
    def __init__(self, url: str) -> None:
        self.url = url
        api = StripeApi("sk_test_lab", url, time_limits=(1.0, 1.0), sleep=lambda _: None)
        self.provider = StripeCheckout(api, SECRETS)

    def control(self, place: str, /, **request: Any) -> Any:
        body = json.dumps(request).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/_ctl/{place}", data=body)) as answer:
            return json.load(answer)

    def pay(self, session_id: str | None, **request: Any) -> None:
        self.control(f"sessions/{session_id}/pay", **request)

    def fault(self, mode: str, path: str = "", **request: Any) -> None:
        self.control("faults", mode=mode, path=path, **request)

    def sessions(self) -> list[dict[str, Any]]:
        return [one for one in self.control("state")["objects"] if one["object"] == "checkout.session"]

    def refunds(self) -> list[dict[str, Any]]:
        return [one for one in self.control("state")["objects"] if one["object"] == "refund"]

    def events(self, prefix: str = "") -> list[dict[str, Any]]:
        objects = self.control("state")["objects"]
        return [one for one in objects if one["object"] == "event" and one["type"].startswith(prefix)]


def signed(event: object, now: datetime, *, secret: str = SECRETS[0]) -> tuple[dict[str, str], bytes]:
    """Headers and body of a webhook, as Stripe signs it."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    at = int(now.timestamp())
    mac = hmac_new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={mac},v0=00"}, body


@contextmanager
def fake() -> Iterator[StripeLab]:
    server = FakeStripe()
    yield StripeLab(server.url)
    server.stop()


@contextmanager
def double() -> Iterator[StripeLab]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(DOUBLE), "--port", str(port), "--spec", str(SPEC), "--delivery", "drop"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lab = StripeLab(f"http://127.0.0.1:{port}")
    try:
        wait_for(lab)
        yield lab
    finally:
        process.terminate()
        process.wait(timeout=10)


def wait_for(lab: StripeLab) -> None:
    for _ in range(100):
        try:
            lab.control("requests")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the double does not start")
