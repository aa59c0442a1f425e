"""Calls to WeChat Pay's API v3 through `wechatpayv3`: our time limits and retries, and only answers that it signed.

Of the library we take its signing, sending and opening. It would fetch certificates by itself, take an old or
unknown signature for a reason to do so, and say every fault as a bare Exception: those parts are ours.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import requests
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import aes_decrypt, load_public_key, rsa_verify

from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.config import WechatConfig
from shop.payments.providers.wallets import (
    STALE_AFTER,
    PassingFault,
    WalletRefused,
    ask_patiently,
)

TIME_LIMITS = (3.0, 8.0)  # seconds to connect, and to answer
SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
UNKNOWN = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
_LEADS = {"jsapi": "prepay_id", "h5": "h5_url", "native": "code_url"}
# Our keys or clock are wrong, or another of our requests is under way: of the order itself nothing is said.
_SAYS_NOTHING = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT})

log = logging.getLogger(__name__)


class Unsigned(ProviderUnavailable):
    """Somebody answered, but not WeChat Pay: what it did is unknown."""


class WechatApi:
    """Raises WalletRefused, or ProviderUnavailable when what WeChat Pay did is not known."""

    def __init__(
        self,
        config: WechatConfig,
        *,
        time_limits: tuple[float, float] = TIME_LIMITS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._core = SigningCore(config, time_limits)
        self._config = config
        self._sleep = sleep

    def create(self, kind: str, body: Mapping[str, Any]) -> str:
        """Begin a transaction and get what leads the buyer to it; the same body gives the same transaction."""
        return str(_part(self._post(f"/v3/pay/transactions/{kind}", body), _LEADS[kind]))

    def transaction(self, reference: str) -> dict[str, Any] | None:
        found = self._find(f"/v3/pay/transactions/out-trade-no/{reference}?mchid={self._config.mchid}")
        if found is not None:
            _part(found, "trade_state")
        return found

    def close(self, reference: str) -> None:
        self._post(f"/v3/pay/transactions/out-trade-no/{reference}/close", {"mchid": self._config.mchid})

    def refund(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send money back; the same out_refund_no sends it once."""
        answer = self._post("/v3/refund/domestic/refunds", body)
        _part(answer, "refund_id")
        return answer

    def find_refund(self, reference: str) -> dict[str, Any] | None:
        found = self._find(f"/v3/refund/domestic/refunds/{reference}")
        if found is not None:
            _part(found, "refund_id")
        return found

    def signed_call(self, prepay_id: str, at: datetime, nonce: str) -> dict[str, str]:
        """What WeChat's own browser needs to open its payment sheet."""
        moment, package = str(int(at.timestamp())), f"prepay_id={prepay_id}"
        signature: str = self._core.sign([self._config.app_id, moment, nonce, package])
        return {
            "appId": self._config.app_id,
            "timeStamp": moment,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": signature,
        }

    def open_notice(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """A signed notice and what was sealed in it; None for anything else."""
        try:
            if not self._core.is_signed(headers, body.decode(), now.timestamp()):
                return None
            event = json.loads(body)
            return event, self._unseal(event["resource"])
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            return None

    def _unseal(self, resource: Mapping[str, str]) -> dict[str, Any]:
        if resource["algorithm"] != "AEAD_AES_256_GCM":
            raise ValueError(resource["algorithm"])
        sealed = (resource["nonce"], resource["ciphertext"], resource.get("associated_data") or "")
        opened = (aes_decrypt(*sealed, key) for key in self._config.api_keys)
        thing = json.loads(next((text for text in opened if text is not None), "null"))
        if not isinstance(thing, dict):
            raise TypeError
        return thing

    def _find(self, path: str) -> dict[str, Any] | None:
        try:
            return ask_patiently(partial(self._once, path, RequestType.GET), self._sleep)
        except WalletRefused as refused:
            if refused.code in UNKNOWN:
                return None
            # A question has no other reason to be refused that would say anything of the order.
            raise ProviderUnavailable() from refused

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return ask_patiently(partial(self._once, path, RequestType.POST, dict(body)), self._sleep)

    def _once(self, path: str, method: RequestType, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            status, text = self._core.request(path, method, data=body)
        except requests.RequestException as error:
            log.warning("wechat: %s", type(error).__name__)
            raise PassingFault() from error
        answer = _read(text)
        if status < HTTPStatus.BAD_REQUEST:
            return answer
        code = str(answer.get("code") or status)
        log.warning("wechat: status %s, %s", status, code)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise PassingFault()
        if status in _SAYS_NOTHING or "code" not in answer:
            raise ProviderUnavailable()
        raise WalletRefused(code)


class SigningCore(Core):
    """The library's core, bound to one merchant, which never asks anybody for keys."""

    def __init__(self, config: WechatConfig, time_limits: tuple[float, float]) -> None:
        first_id, first_key = config.platform_keys[0]
        super().__init__(
            config.mchid,
            config.merchant_serial,
            config.merchant_key,
            config.api_keys[0],
            timeout=time_limits,
            public_key=first_key,
            public_key_id=first_id,
        )
        self._gate_way = config.api_base
        self._platform_keys = {name.upper(): load_public_key(key) for name, key in config.platform_keys}

    def is_signed(self, headers: Mapping[str, str], body: str, at: float | None) -> bool:
        """Whether WeChat Pay signed it with a key that we know, and not long before or after `at`."""
        moment = headers.get("Wechatpay-Timestamp", "")
        key = self._platform_keys.get(headers.get("Wechatpay-Serial", "").upper())
        if key is None or headers.get("Wechatpay-Signature-Type", SIGNATURE_TYPE) != SIGNATURE_TYPE:
            return False
        if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
            return False
        signature = headers.get("Wechatpay-Signature", "")
        is_right: bool = rsa_verify(moment, headers.get("Wechatpay-Nonce", ""), body, signature, key)
        return is_right and (at is None or abs(at - int(moment)) <= STALE_AFTER.total_seconds())

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        if not self.is_signed(headers, body, None):
            log.warning("wechat: an answer that WeChat Pay did not sign")
            raise Unsigned()
        return True


def _part(answer: Mapping[str, Any], name: str) -> Any:
    """A part that every such answer has; without it nothing is known."""
    if name not in answer:
        raise ProviderUnavailable()
    return answer[name]


def _read(text: str | bytes) -> dict[str, Any]:
    """An answer's body; closing answers with none."""
    try:
        answer = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
