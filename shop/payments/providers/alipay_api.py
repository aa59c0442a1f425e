"""Calls to Alipay's gateway through `python-alipay-sdk`: signed with RSA2, our time limits and retries.

The library takes its time from the machine, one public key, and says faults in many ways: those parts are ours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.parse import parse_qsl

from alipay import AliPayConfig, BaseAliPay
from alipay.exceptions import AliPayException, AliPayValidationError

from shop.kit.clock import in_shanghai, utc_now
from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.config import AlipayConfig
from shop.payments.providers.wallets import PassingFault, WalletRefused, ask_patiently

TIME_LIMIT = 8.0
UNKNOWN = "ACQ.TRADE_NOT_EXIST"
_DONE = "10000"
_BUSY = frozenset({"ACQ.SYSTEM_ERROR", "AOP.ACQ.SYSTEM_ERROR", "ISP.UNKNOW-ERROR", "ISP.UNKNOWN-ERROR"})
MOST_PARTS = 100

log = logging.getLogger(__name__)
# The library would write whole requests to the console as soon as somebody made it talk.
logging.getLogger("python-alipay-sdk").disabled = True


class AlipayApi:
    """Raises WalletRefused, or ProviderUnavailable when what Alipay did is not known."""

    def __init__(
        self,
        config: AlipayConfig,
        *,
        time_limit: float = TIME_LIMIT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = SigningClient(config, time_limit)
        self._gateway = config.gateway
        self._sleep = sleep

    def page(self, method: str, content: Mapping[str, Any], at: datetime, **addresses: str) -> str:
        """The address of a cashier's page; the same words at the same moment give the same address."""
        signed = self._client.client_api(method, dict(content), timestamp=alipay_time(at), **addresses)
        return f"{self._gateway}?{signed}"

    def trade(self, reference: str) -> dict[str, Any] | None:
        """The trade as Alipay knows it; None before its buyer has come to it."""
        return self._find("alipay.trade.query", {"out_trade_no": reference})

    def close(self, reference: str) -> None:
        self._call("alipay.trade.close", {"out_trade_no": reference})

    def refund(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Send money back; the same out_request_no sends it once."""
        return self._call("alipay.trade.refund", content)

    def find_refund(self, reference: str, refund: str) -> dict[str, Any] | None:
        """A refund that has happened; None while it has not."""
        content = {"out_trade_no": reference, "out_request_no": refund}
        found = self._find("alipay.trade.fastpay.refund.query", content)
        return found if found is not None and found.get("refund_status") == "REFUND_SUCCESS" else None

    def open_notice(self, body: bytes) -> dict[str, str] | None:
        """The parts of a signed notice; None for anything else."""
        try:
            pairs = parse_qsl(
                body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_PARTS
            )
            parts = dict(pairs)
            signature = parts.pop("sign")
            is_signed = len(parts) + 1 == len(pairs) and self._client.verify(dict(parts), signature)
        except (KeyError, ValueError, AliPayException):
            return None
        return parts if is_signed else None

    def _find(self, method: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            return self._call(method, content)
        except WalletRefused as refused:
            if refused.code == UNKNOWN:
                return None
            # A question has no other reason to be refused that would say anything of the trade.
            raise ProviderUnavailable() from refused

    def _call(self, method: str, content: Mapping[str, Any]) -> dict[str, Any]:
        return ask_patiently(partial(self._once, method, dict(content)), self._sleep)

    def _once(self, method: str, content: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._client.server_api(method, dict(content), timestamp=alipay_time(utc_now()))
        except (OSError, HTTPException) as error:
            log.warning("alipay: %s", type(error).__name__)
            raise PassingFault() from None
        except (AliPayException, AliPayValidationError, AttributeError, TypeError, ValueError) as error:
            # Its words would hold the whole answer. What is not signed says nothing.
            log.warning("alipay: an answer that cannot be believed, %s", type(error).__name__)
            raise ProviderUnavailable() from None
        code, why = str(answer.get("code")), str(answer.get("sub_code") or "")
        if code == _DONE:
            return dict(answer)
        log.warning("alipay: %s, %s", code, why)
        if code == "20000" or why.upper() in _BUSY:
            raise PassingFault()
        if not code.startswith("400"):
            raise ProviderUnavailable()
        raise WalletRefused(why or code)


class SigningClient(BaseAliPay):
    """The library's client for one application; it believes any of the configured public keys."""

    def __init__(self, config: AlipayConfig, time_limit: float) -> None:
        first, *others = config.public_keys
        super().__init__(
            config.app_id,
            app_private_key_string=config.app_key,
            alipay_public_key_string=first,
            config=AliPayConfig(timeout=time_limit),
        )
        self._gateway = config.gateway
        self._others = [
            BaseAliPay(config.app_id, app_private_key_string=config.app_key, alipay_public_key_string=key)
            for key in others
        ]

    def _verify(self, raw_content: str, signature: str) -> bool:
        is_right: bool = super()._verify(raw_content, signature)
        others = (other._verify(raw_content, signature) for other in self._others)  # noqa: SLF001  it has no other
        return is_right or any(others)


def alipay_time(moment: datetime) -> str:
    return in_shanghai(moment).strftime("%Y-%m-%d %H:%M:%S")
