"""Kuaidi100 (快递100): one account for all carriers of the mainland.

Facts from its public reference: a question is signed by MD5 over its parameters, the key and the customer, in capitals;
what it tells is signed by MD5 over its parameters and a salt that was given when the parcel was subscribed. The salt
here is another one for each parcel, and nobody without the key can write it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import requests

from shop.delivery.carriers import CARRIERS
from shop.delivery.tracking.base import Followed, ForgedPush, JourneyState, Report, TrackingUnavailable
from shop.kit.clock import SHANGHAI, utc_now

API_BASE: Final = "https://poll.kuaidi100.com"
TIME_LIMITS: Final = (3.0, 8.0)  # seconds to connect, and to answer
LONGEST: Final = 200
_STATES: Final = {
    "0": JourneyState.ON_THE_WAY,
    "1": JourneyState.ON_THE_WAY,  # the courier has it
    "2": JourneyState.TROUBLE,
    "3": JourneyState.DELIVERED,
    "4": JourneyState.RETURNING,  # brought back and signed for
    "5": JourneyState.OUT_FOR_DELIVERY,
    "6": JourneyState.RETURNING,
    "7": JourneyState.ON_THE_WAY,  # handed to another carrier
    "8": JourneyState.ON_THE_WAY,  # at the customs
    "14": JourneyState.TROUBLE,  # refused
}
_NOTHING_KNOWN: Final = frozenset({"500"})
_SUBSCRIBED: Final = frozenset({"200", "501"})  # now, and before

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kuaidi100Config:
    customer: str
    key: str
    api_base: str = API_BASE


@dataclass(frozen=True)
class Kuaidi100:
    config: Kuaidi100Config
    name: str = "kuaidi100"

    def subscribe(self, parcel: Followed, push_url: str) -> None:
        told = {
            "company": CARRIERS[parcel.carrier].slug,
            "number": parcel.number,
            "key": self.config.key,
            "parameters": {
                "callbackurl": push_url,
                "salt": self._salt(parcel.number),
                "phone": parcel.phone_tail,
            },
        }
        answer = self._post("/poll", {"schema": "json", "param": _compact(told)})
        if str(answer.get("returnCode")) not in _SUBSCRIBED:
            log.warning("kuaidi100: not subscribed, %s", answer.get("returnCode"))
            raise TrackingUnavailable()

    def query(self, parcel: Followed) -> Report | None:
        asked = {"com": CARRIERS[parcel.carrier].slug, "num": parcel.number, "phone": parcel.phone_tail}
        param = _compact(asked)
        signed = _md5(param + self.config.key + self.config.customer)
        answer = self._post(
            "/poll/query.do", {"customer": self.config.customer, "sign": signed, "param": param}
        )
        if answer.get("result") is False or "data" not in answer:
            code = str(answer.get("returnCode"))
            if code in _NOTHING_KNOWN:
                return None
            log.warning("kuaidi100: refused, %s", code)
            raise TrackingUnavailable()
        return _report(answer)

    def read_push(self, form: Mapping[str, str]) -> Report | None:
        param = form.get("param", "")
        told = _object(param)
        last = told.get("lastResult")
        number = last.get("nu") if isinstance(last, dict) else None
        if not isinstance(last, dict) or not isinstance(number, str) or not number:
            raise ForgedPush()
        if not hmac.compare_digest(
            form.get("sign", "").upper().encode(), _md5(param + self._salt(number)).encode()
        ):
            raise ForgedPush()
        return _report(last)

    def accepted(self) -> str:
        return _compact({"result": True, "returnCode": "200", "message": "成功"})

    def _salt(self, number: str) -> str:
        return hmac.digest(self.config.key.encode(), f"push\0{number}".encode(), "sha256").hex()[:32]

    def _post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = requests.post(
                self.config.api_base + path, data=form, timeout=TIME_LIMITS, allow_redirects=False
            )
        except requests.RequestException as error:
            log.warning("kuaidi100: %s", type(error).__name__)  # its words would hold the key
            raise TrackingUnavailable() from None
        said = _object(answer.text) if answer.status_code == requests.codes.ok else {}
        if not said:
            log.warning("kuaidi100: an answer that cannot be read, status %s", answer.status_code)
            raise TrackingUnavailable()
        return said


def _report(said: Mapping[str, Any]) -> Report | None:
    """The newest line; None where there is none, or it is of no carrier and of no time that we know."""
    carrier = next((one.code for one in CARRIERS.values() if one.slug == said.get("com")), None)
    lines = said.get("data")
    newest = lines[0] if isinstance(lines, list) and lines and isinstance(lines[0], dict) else None
    at = _moment(newest.get("ftime") or newest.get("time")) if newest else None
    if carrier is None or newest is None or at is None or at > utc_now():
        return None
    state = _STATES.get(str(said.get("state")), JourneyState.ON_THE_WAY)
    says = " ".join(str(newest.get("context") or "").split())[:LONGEST]
    return Report(carrier, str(said.get("nu", "")).upper(), state, at, says)


def _moment(written: object) -> datetime | None:
    """Shanghai's time as it is written there."""
    try:
        return datetime.strptime(str(written), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        return None


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _compact(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
