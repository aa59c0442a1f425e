"""A provider of text messages over HTTP: one signed request a message, with our name for it, so that none goes twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import requests

from shop.kit.clock import utc_now
from shop.notifications.sending import DeliveryFailed
from shop.notifications.sms_signatures import HEADER, sms_signature
from shop.storage.outbox import PermanentFailure

TIME_LIMITS: Final = (5, 10)  # seconds to connect, and to answer
# Refused now, not for ever; and a message that it has from us already went out.
_LATER: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_HAD_IT: Final = HTTPStatus.CONFLICT


@dataclass(frozen=True)
class SmsConfig:
    """`secrets`: the first signs what we send, each of them what comes back; several while they are changed."""

    url: str
    key: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


class HttpTexts:
    """`POST url` with `{"id", "to", "text"}`; the provider's operator maps it to a gateway's own words."""

    def __init__(self, config: SmsConfig) -> None:
        self._config = config

    def send_text(self, phone: str, text: str, key: str) -> None:
        """Raises DeliveryFailed or PermanentFailure; what they say names nobody."""
        body = json.dumps({"id": key, "to": phone, "text": text}, ensure_ascii=False).encode()
        try:
            answer = requests.post(
                self._config.url,
                data=body,
                headers=self._headers(body, key),
                timeout=TIME_LIMITS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise DeliveryFailed(f"the provider of text messages: {type(error).__name__}") from None
        _judge(answer.status_code)

    def _headers(self, body: bytes, key: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._config.key}",
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": key,
            HEADER: sms_signature(body, self._config.secrets[0], int(utc_now().timestamp())),
        }


def _judge(status: int) -> None:
    if 200 <= status < 300 or status == _HAD_IT:
        return
    said = f"the provider of text messages answered {status}"
    if 400 <= status < 500 and status not in _LATER:
        raise PermanentFailure(said)
    raise DeliveryFailed(said)
