"""A small Alipay for tests: trades, refunds, notices and faults, every word signed and every request checked."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from shop.payments.providers.alipay_api import AlipayApi
from shop.payments.providers.alipay_direct import AlipayDirect
from shop.payments.providers.config import AlipayConfig
from tests.fakes.faulty_server import FaultyHandler, FaultyServer, private_pem, public_pem, rsa_key

APP_ID = "2021000000000001"
KEY, OLD_KEY = "alipay", "alipay-old"
NOTICES = "http://127.0.0.1:8000/payments/alipay/webhook"
_TIME = "%Y-%m-%d %H:%M:%S"
_SHANGHAI = ZoneInfo("Asia/Shanghai")


class Refusal(Exception):
    """A business failure, which Alipay says with a signature and status 200."""


def signed_text(parts: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(parts.items()))


def signature(text: str, key: str) -> str:
    return b64encode(rsa_key(key).sign(text.encode(), PKCS1v15(), SHA256())).decode()


class Handler(FaultyHandler):
    server: FakeAlipay

    def parts(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

    def name_of(self, body: str) -> str:
        return self.parts().get("method", self.path)

    def respond(self, body: str) -> tuple[int, str, dict[str, str]]:
        parts = self.parts()
        method = parts["method"]
        if not self.server.is_from_us(parts):
            text = json.dumps(
                {
                    f"{method.replace('.', '_')}_response": {
                        "code": "40002",
                        "sub_code": "isv.invalid-signature",
                    }
                }
            )
            return 200, text, {"Content-Type": "text/html;charset=utf-8"}
        if method.endswith(("page.pay", "wap.pay")):
            return (
                200,
                f"cashier of {json.loads(parts['biz_content'])['out_trade_no']}",
                {"Content-Type": "text/plain"},
            )
        try:
            said = {
                "code": "10000",
                "msg": "Success",
                **self.server.api(method, json.loads(parts["biz_content"])),
            }
        except Refusal as refusal:
            said = {"code": "40004", "msg": "Business Failed", "sub_code": str(refusal), "sub_msg": "不行"}
        content = json.dumps(said, ensure_ascii=False)
        text = f'{{"{method.replace(".", "_")}_response":{content},"sign":"{signature(content, self.server.key)}"}}'
        return 200, text, {"Content-Type": "text/html;charset=utf-8"}

    def unsign(self, text: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return text.replace("10000", "10000 "), headers


class FakeAlipay(FaultyServer):
    def __init__(self) -> None:
        super().__init__(Handler)

    def forget(self) -> None:
        super().forget()
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.key = KEY
        self.refunds_are_slow = False
        self.refunds_are_refused = False
        self.says_fees = True

    def is_from_us(self, parts: dict[str, str]) -> bool:
        unsigned = {name: value for name, value in parts.items() if name != "sign"}
        try:
            rsa_key("merchant").public_key().verify(
                b64decode(parts["sign"]), signed_text(unsigned).encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return False
        sent = datetime.strptime(parts["timestamp"], _TIME).replace(tzinfo=_SHANGHAI)
        # The cashier's page may be opened as long as the attempt lasts.
        is_fresh = abs(sent.timestamp() - self.now()) < 3600
        return is_fresh and parts["app_id"] == APP_ID and parts["sign_type"] == "RSA2"

    # What the API does.

    def api(self, method: str, content: dict[str, str]) -> dict[str, Any]:
        trade = self.trade(content["out_trade_no"])
        if method == "alipay.trade.query":
            return self.shown(trade)
        if method == "alipay.trade.close":
            if trade["trade_status"] != "WAIT_BUYER_PAY":
                raise Refusal("ACQ.REASON_TRADE_STATUS_INVALID")
            trade["trade_status"] = "TRADE_CLOSED"
            return {"out_trade_no": content["out_trade_no"]}
        if method == "alipay.trade.refund":
            return self.refund(trade, content)
        if method == "alipay.trade.fastpay.refund.query":
            known = self.refunds.get(content["out_request_no"])
            return {"refund_status": "REFUND_SUCCESS", **known} if known and known["is_done"] else {}
        raise Refusal("isv.invalid-method")

    def trade(self, reference: str) -> dict[str, Any]:
        trade = self.trades.get(reference)
        if trade is None:
            raise Refusal("ACQ.TRADE_NOT_EXIST")
        if trade["trade_status"] == "WAIT_BUYER_PAY" and self.now() >= trade["ends_at"]:
            trade["trade_status"] = "TRADE_CLOSED"
        return trade

    def shown(self, trade: dict[str, Any]) -> dict[str, str]:
        names = ("out_trade_no", "trade_no", "trade_status", "total_amount")
        shown = {name: trade[name] for name in names} | {"buyer_logon_id": "lin***@example.com"}
        if self.says_fees and trade["trade_status"] == "TRADE_SUCCESS":
            shown["charge_amount"] = "0.21"
        return shown

    def refund(self, trade: dict[str, Any], content: dict[str, str]) -> dict[str, Any]:
        known = self.refunds.get(content["out_request_no"])
        if known is None:
            if self.refunds_are_refused:
                raise Refusal("ACQ.SELLER_BALANCE_NOT_ENOUGH")
            if trade["trade_status"] != "TRADE_SUCCESS":
                raise Refusal("ACQ.TRADE_STATUS_ERROR")
            given = round(float(content["refund_amount"]) * 100)
            if trade["refunded"] + given > round(float(trade["total_amount"]) * 100):
                raise Refusal("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            trade["refunded"] += given
            known = self.refunds[content["out_request_no"]] = {
                "out_trade_no": trade["out_trade_no"], "refund_amount": content["refund_amount"],
                "out_request_no": content["out_request_no"], "is_done": not self.refunds_are_slow,
            }  # fmt: skip
            return {"fund_change": "N" if self.refunds_are_slow else "Y", "trade_no": trade["trade_no"]}
        return {"fund_change": "N", "trade_no": trade["trade_no"]}

    # What the buyer and a person at Alipay's merchant pages do.

    def open(self, url: str) -> str:
        """The buyer signs in at the cashier's page: now Alipay knows the trade."""
        parts = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
        assert self.is_from_us(parts), "the page says: wrong signature"
        assert parts["notify_url"] == NOTICES
        content = json.loads(parts["biz_content"])
        ends_at = datetime.strptime(content["time_expire"], _TIME).replace(tzinfo=_SHANGHAI).timestamp()
        assert self.now() < ends_at, "the page says: too late"
        reference: str = content["out_trade_no"]
        self.trades.setdefault(
            reference,
            {
                "out_trade_no": reference, "trade_no": f"2026{uuid4().int % 10**24:024d}", "refunded": 0,
                "trade_status": "WAIT_BUYER_PAY", "total_amount": content["total_amount"], "ends_at": ends_at,
            },
        )  # fmt: skip
        return reference

    def pay(self, url: str, *, total: str | None = None) -> None:
        trade = self.trade(self.open(url))
        if trade["trade_status"] != "WAIT_BUYER_PAY":
            raise Refusal(f"the page says {trade['trade_status']}")
        trade.update(trade_status="TRADE_SUCCESS", total_amount=total or trade["total_amount"])

    # Notices.

    def paid_notice(self, reference: str, **how: Any) -> bytes:
        trade = self.trades[reference]
        return self.notice(
            {name: trade[name] for name in ("out_trade_no", "trade_no", "trade_status", "total_amount")},
            **how,
        )

    def refund_notice(self, reference: str, amount: str, name: str, **how: Any) -> bytes:
        trade = self.trades[reference]
        parts = {
            "out_trade_no": reference, "trade_no": trade["trade_no"], "trade_status": "TRADE_SUCCESS",
            "refund_fee": amount, "gmt_refund": "2026-05-20 13:29:35.511", "out_biz_no": name,
        }  # fmt: skip
        return self.notice(parts, **how)

    def notice(self, parts: dict[str, str], *, key: str = KEY, app_id: str = APP_ID, age: int = 0) -> bytes:
        """The body, signed as Alipay does it; `age` in seconds."""
        sent = datetime.fromtimestamp(self.now() - age, _SHANGHAI).strftime(_TIME)
        said = {
            "notify_id": uuid4().hex, "notify_time": sent, "app_id": app_id, "charset": "utf-8", "version": "1.0",
            "subject": "紫阳富硒茶 & 香菇", **parts,
        }  # fmt: skip
        sign = signature(signed_text(said), key)
        return urlencode({**said, "sign_type": "RSA2", "sign": sign}).encode()

    def config(self, **changes: Any) -> AlipayConfig:
        known = {
            "app_id": APP_ID, "app_key": private_pem("merchant"), "gateway": f"{self.url}/gateway.do",
            "public_keys": (public_pem(KEY), public_pem(OLD_KEY)),
        }  # fmt: skip
        return AlipayConfig(**(known | changes))

    def provider(self, **changes: Any) -> AlipayDirect:
        config = self.config(**changes)
        return AlipayDirect(AlipayApi(config, time_limit=1.0, sleep=lambda _: None), config, NOTICES)


@contextmanager
def fake_alipay() -> Iterator[FakeAlipay]:
    server = FakeAlipay()
    yield server
    server.stop()
