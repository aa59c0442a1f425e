"""Waybills through Kuaidi100 (快递100): one interface to the waybill accounts that carriers give to a sender.

Facts from its public reference: one address for both questions, told apart by `method`; a question is signed by MD5 over
its parameters, the time in milliseconds, the key and the secret, in capitals. `orderId` is the sender's own name for the
parcel and must be unique: with `reorder` off a second question under it is answered with the first one's waybill. A
waybill is cancelled by its number and by the carrier's order number, where one was given with it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import requests

from shop.delivery.carriers import CARRIERS
from shop.delivery.waybills.base import (
    IssuedWaybill,
    Party,
    Refusal,
    WaybillRefused,
    WaybillRequest,
    WaybillToCancel,
    WaybillUnavailable,
)
from shop.kit.clock import utc_now

API_BASE: Final = "https://api.kuaidi100.com"
PATH: Final = "/label/order"
TIME_LIMITS: Final = (3.0, 15.0)  # seconds to connect, and to answer: a carrier is asked behind it
LONGEST: Final = 200
LIGHTEST_G: Final = 10  # no courier weighs less
# What a carrier's account may consist of, in the provider's words; which of it a carrier needs stands in its reference.
ACCOUNT_FIELDS: Final = frozenset(
    {"partnerId", "partnerKey", "partnerSecret", "partnerName", "net", "tbNet", "code", "checkMan", "payType", "expType"}
)  # fmt: skip
_DONE: Final = frozenset({"200", "30011"})  # now; before, under the same order number
_REFUSALS: Final = {
    "30001": Refusal.ADDRESS,
    "30002": Refusal.ACCOUNT,
    "30003": Refusal.ACCOUNT,
    "30004": Refusal.CREDIT,
}
_LATER_CODES: Final = frozenset({"-1", "500"})
# What carriers say through it in words alone.
_LATER: Final = ("超时", "频繁", "稍后再试", "系统繁忙")
_HAS_IT: Final = ("重复",)
_GONE: Final = ("已取消", "已经取消", "查无此单")
_NUMBER: Final = re.compile(r"[0-9A-Z][0-9A-Z-]{5,39}")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kuaidi100WaybillConfig:
    """`accounts`: by our code of a carrier, what that carrier's account consists of (see ACCOUNT_FIELDS)."""

    key: str
    secret: str = field(repr=False)
    accounts: Mapping[str, Mapping[str, str]] = field(repr=False)
    api_base: str = API_BASE


@dataclass(frozen=True)
class Kuaidi100Waybills:
    config: Kuaidi100WaybillConfig
    name: str = "kuaidi100"

    @property
    def carriers(self) -> tuple[str, ...]:
        return tuple(self.config.accounts)

    def ask(self, request: WaybillRequest) -> IssuedWaybill:
        answer = self._post(
            "order",
            {
                "payType": "SHIPPER",
                **self._account(request.carrier),
                "printType": "NON",  # the shop prints its own label
                "kuaidicom": CARRIERS[request.carrier].slug,
                "recMan": _person(request.recipient),
                "sendMan": _person(request.sender),
                "cargo": request.contents,
                "count": 1,
                "weight": f"{max(request.weight_g, LIGHTEST_G) / 1000:.3f}",
                "remark": request.remark,
                "orderId": request.reference,
                "reorder": False,
            },
        )
        said = answer.get("data")
        if _code(answer) not in _DONE or not answer.get("success"):
            raise _refused(answer)
        if not isinstance(said, dict) or not said.get("kuaidinum"):
            raise WaybillRefused(Refusal.NO_NUMBER, _words(answer))
        return _issued(said)

    def cancel(self, waybill: WaybillToCancel) -> None:
        asked = {
            **self._account(waybill.carrier),
            "kuaidicom": CARRIERS[waybill.carrier].slug,
            "kuaidinum": waybill.number,
            "reason": "暂时不寄了",
        }
        if waybill.provider_ref:
            asked["orderId"] = waybill.provider_ref
        answer = self._post("cancel", asked)
        if (_code(answer) in _DONE and answer.get("success")) or _has_words(answer, _GONE):
            return
        raise _refused(answer)

    def _account(self, carrier: str) -> dict[str, str]:
        account = self.config.accounts.get(carrier)
        if account is None:  # it was taken out of the settings since
            raise WaybillRefused(Refusal.ACCOUNT)
        return dict(account)

    def _post(self, method: str, param: Mapping[str, Any]) -> dict[str, Any]:
        text, now = _compact(param), str(int(utc_now().timestamp() * 1000))
        config = self.config
        signed = _md5(text + now + config.key + config.secret)
        form = {"method": method, "key": config.key, "sign": signed, "t": now, "param": text}
        try:
            answer = requests.post(
                config.api_base + PATH, data=form, timeout=TIME_LIMITS, allow_redirects=False
            )
        except requests.RequestException as error:
            log.warning("waybills: %s", type(error).__name__)  # its words would hold an address
            raise WaybillUnavailable(type(error).__name__) from None
        said = _object(answer.text) if answer.status_code == requests.codes.ok else {}
        if not said:
            log.warning("waybills: an answer that cannot be read, status %s", answer.status_code)
            raise WaybillUnavailable(f"status {answer.status_code}")
        return said


def _refused(answer: Mapping[str, Any]) -> WaybillRefused:
    """Raises WaybillUnavailable for an answer that only says: not now."""
    code = _code(answer)
    log.warning("waybills: refused, %s", code)
    if code in _LATER_CODES or _has_words(answer, _LATER):
        raise WaybillUnavailable(f"code {code}")
    if _has_words(answer, _HAS_IT):
        return WaybillRefused(Refusal.NO_NUMBER, _words(answer))
    return WaybillRefused(_REFUSALS.get(code, Refusal.CARRIER), _words(answer))


def _issued(said: Mapping[str, Any]) -> IssuedWaybill:
    """Raises WaybillUnavailable for a number that is none."""
    number = "".join(str(said["kuaidinum"]).split()).upper()
    if not _NUMBER.fullmatch(number):
        log.warning("waybills: a number that cannot be read")
        raise WaybillUnavailable("a number that cannot be read")
    codes = [_text(said, name) for name in ("destCode", "destSortingCode")]
    return IssuedWaybill(
        number=number,
        route_code=(_text(said, "bulkpen") or " ".join(code for code in codes if code))[:60],
        hub=(_text(said, "pkgName") or _text(said, "destName"))[:60],
        provider_ref=_text(said, "kdComOrderNum")[:80],
    )


def _person(party: Party) -> dict[str, str]:
    return {"name": party.name, "mobile": party.phone, "printAddr": party.address}


def _code(answer: Mapping[str, Any]) -> str:
    return str(answer.get("code"))


def _words(answer: Mapping[str, Any]) -> str:
    return _text(answer, "message")[:LONGEST]


def _has_words(answer: Mapping[str, Any], some: tuple[str, ...]) -> bool:
    return any(word in _words(answer) for word in some)


def _text(said: Mapping[str, Any], name: str) -> str:
    return " ".join(str(said.get(name) or "").split())


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
