"""A small WeChat Pay for tests: orders, refunds, notices and faults, every word signed and every request checked."""

from __future__ import annotations

import json
import re
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from shop.payments.providers.config import WechatConfig
from shop.payments.providers.wechat_api import WechatApi
from shop.payments.providers.wechat_pay import WechatPay
from tests.fakes.faulty_server import FaultyHandler, FaultyServer, private_pem, public_pem, rsa_key

MCHID, APP_ID, SECRET = "1900000109", "wx8888888888888888", "app-secret"
MERCHANT_SERIAL = "444F4864EA9B34415A"
PLATFORM, OLD_PLATFORM = "PUB_KEY_ID_0119000001", "5157F09EFDC096DE15EB"
API_KEYS = ("new-api-v3-key-of-32-characters!", "old-api-v3-key-of-32-characters!")
NOTICES = "http://127.0.0.1:8000/payments/wechat/webhook"
_PARTS = re.compile(r'(\w+)="([^"]*)"')
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code
        super().__init__(code)


class Handler(FaultyHandler):
    server: FakeWechat

    def name_of(self, body: str) -> str:
        return f"{self.command} {self.path}"

    def respond(self, body: str) -> tuple[int, str, dict[str, str]]:
        parts = urlsplit(self.path)
        if parts.path.startswith("/pay/"):
            return 200, f"Referer: {self.headers.get('Referer')}", {"Content-Type": "text/plain"}
        if parts.path.startswith(("/connect/", "/sns/")):
            return self.server.login(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})
        try:
            self.check_signature(body)
            said = self.server.api(self.command, parts.path, json.loads(body or "{}"))
        except Refusal as refusal:
            text = json.dumps({"code": refusal.code, "message": "不行"}, ensure_ascii=False)
            return refusal.status, text, _JSON | self.server.sign(text)
        text = json.dumps(said, ensure_ascii=False) if said is not None else ""
        return 200 if text else 204, text, (_JSON if text else {}) | self.server.sign(text)

    def check_signature(self, body: str) -> None:
        kind, _, rest = self.headers.get("Authorization", "").partition(" ")
        said = dict(_PARTS.findall(rest))
        signed = "\n".join([self.command, self.path, said["timestamp"], said["nonce_str"], body, ""])
        try:
            rsa_key("merchant").public_key().verify(
                b64decode(said["signature"]), signed.encode(), PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            raise Refusal(401, "SIGN_ERROR") from None
        if (kind, said["mchid"], said["serial_no"]) != ("WECHATPAY2-SHA256-RSA2048", MCHID, MERCHANT_SERIAL):
            raise Refusal(401, "SIGN_ERROR")

    def unsign(self, text: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        return text, headers | {"Wechatpay-Signature": b64encode(b"0" * 256).decode()}


class FakeWechat(FaultyServer):
    def __init__(self) -> None:
        super().__init__(Handler)

    def forget(self) -> None:
        super().forget()
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.refund_status = "SUCCESS"
        self.balance_is_low = False
        self.codes: dict[str, str] = {}

    def sign(self, text: str, key: str = PLATFORM) -> dict[str, str]:
        moment, nonce = str(int(time.time())), uuid4().hex
        signed = f"{moment}\n{nonce}\n{text}\n".encode()
        return {
            "Wechatpay-Timestamp": moment,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": key,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Signature": b64encode(rsa_key(key).sign(signed, PKCS1v15(), SHA256())).decode(),
        }

    # What the API does.

    def api(self, command: str, path: str, request: dict[str, Any]) -> Any:
        match command, path.split("/")[2:]:
            case "POST", ["pay", "transactions", kind]:
                answer: Any = self.create(kind, request)
            case "GET", ["pay", "transactions", "out-trade-no", reference]:
                answer = self.shown(self.order(reference))
            case "POST", ["pay", "transactions", "out-trade-no", reference, "close"]:
                answer = self.close(self.order(reference))
            case "POST", ["refund", "domestic", "refunds"]:
                answer = self.refund(request)
            case "GET", ["refund", "domestic", "refunds", reference]:
                if reference not in self.refunds:
                    raise Refusal(404, "RESOURCE_NOT_EXISTS")
                answer = self.refunds[reference]
            case _:
                raise Refusal(404, "NOT_FOUND")
        return answer

    def order(self, reference: str) -> dict[str, Any]:
        if reference not in self.orders:
            raise Refusal(404, "ORDER_NOT_EXIST")
        return self.orders[reference]

    def create(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        known = self.orders.get(request["out_trade_no"])
        if known is not None:
            if known["trade_state"] != "NOTPAY":
                raise Refusal(400, {"CLOSED": "ORDER_CLOSED"}.get(known["trade_state"], "ORDERPAID"))
            if (known["request"], known["kind"]) != (request, kind):
                raise Refusal(403, "OUT_TRADE_NO_USED")
            return known["answer"]
        left = datetime.fromisoformat(request["time_expire"]).timestamp() - self.now()
        is_whole = (
            (request["appid"], request["mchid"]) == (APP_ID, MCHID)
            and request["amount"]["total"] > 0
            and len(request["description"]) <= 127
            and request["notify_url"] == NOTICES
            and (kind != "jsapi" or request["payer"]["openid"])
            and (kind != "h5" or request["scene_info"]["payer_client_ip"])
        )
        if left < 60 or not is_whole:
            raise Refusal(400, "PARAM_ERROR")
        name = uuid4().hex
        answer = {
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={name}"},
            "h5": {"h5_url": f"{self.url}/pay/h5?prepay_id={name}&package=1"},
            "jsapi": {"prepay_id": f"wx{name}"},
        }[kind]
        self.orders[request["out_trade_no"]] = {
            "kind": kind, "request": request, "answer": answer, "trade_state": "NOTPAY",
            "amount": dict(request["amount"]), "transaction_id": "", "refunded": 0,
        }  # fmt: skip
        return answer

    def close(self, order: dict[str, Any]) -> None:
        if order["trade_state"] in {"SUCCESS", "REFUND"}:
            raise Refusal(400, "ORDERPAID")
        if order["trade_state"] == "USERPAYING":
            raise Refusal(400, "INVALID_REQUEST")
        order["trade_state"] = "CLOSED"

    def refund(self, request: dict[str, Any]) -> dict[str, Any]:
        known = self.refunds.get(request["out_refund_no"])
        if known is not None:
            return known
        order, amount = self.order(request["out_trade_no"]), request["amount"]["refund"]
        if self.balance_is_low:
            raise Refusal(403, "NOT_ENOUGH")
        if (
            request["amount"]["total"] != order["amount"]["total"]
            or order["refunded"] + amount > order["amount"]["total"]
        ):
            raise Refusal(400, "INVALID_REQUEST")
        order.update(trade_state="REFUND", refunded=order["refunded"] + amount)
        refund = {
            "refund_id": uuid4().hex, "out_refund_no": request["out_refund_no"], "out_trade_no": request["out_trade_no"],
            "status": self.refund_status, "amount": {"refund": amount, "total": order["amount"]["total"]},
        }  # fmt: skip
        self.refunds[request["out_refund_no"]] = refund
        return refund

    def login(self, path: str, asked: dict[str, str]) -> tuple[int, str, dict[str, str]]:
        if path.startswith("/connect/"):
            code = uuid4().hex
            self.codes[code] = "openid-of-lin"
            return 302, "", {"Location": f"{asked['redirect_uri']}?code={code}&state={asked['state']}"}
        openid = self.codes.pop(asked["code"], None)
        is_ours = (asked["appid"], asked["secret"]) == (APP_ID, SECRET)
        said = {"openid": openid} if openid and is_ours else {"errcode": 40029, "errmsg": "invalid code"}
        return 200, json.dumps(said), {"Content-Type": "text/plain"}

    # What the buyer, the bank and a person at WeChat's merchant pages do.

    def pay(self, reference: str, *, total: int | None = None, currency: str = "CNY") -> None:
        order = self.order(reference)
        if order["trade_state"] != "NOTPAY":
            raise Refusal(409, f"the page says {order['trade_state']}")
        order.update(trade_state="SUCCESS", transaction_id=f"42{uuid4().int % 10**26:026d}")
        order["amount"] = {"total": total or order["amount"]["total"], "currency": currency}

    def shown(self, order: dict[str, Any]) -> dict[str, Any]:
        shown = {
            "appid": APP_ID, "mchid": MCHID, "out_trade_no": order["request"]["out_trade_no"],
            "trade_state": order["trade_state"], "trade_type": order["kind"].upper(), "trade_state_desc": "订单",
        }  # fmt: skip
        if order["transaction_id"]:
            shown |= {
                "amount": order["amount"] | {"payer_total": order["amount"]["total"]},
                "transaction_id": order["transaction_id"],
                "success_time": "2026-05-20T13:29:35+08:00",
                "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            }
        return shown

    def settle_refund(self, reference: str, status: str) -> None:
        self.refunds[reference]["status"] = status

    # Notices.

    def paid_notice(self, reference: str, **how: Any) -> tuple[dict[str, str], bytes]:
        return self.notice("TRANSACTION.SUCCESS", self.shown(self.order(reference)), **how)

    def refund_notice(self, reference: str, **how: Any) -> tuple[dict[str, str], bytes]:
        refund = self.refunds[reference]
        thing = {"mchid": MCHID, **refund, "refund_status": refund["status"]}
        del thing["status"]
        return self.notice(f"REFUND.{refund['status']}", thing, **how)

    def notice(
        self, kind: str, thing: Any, *, api_key: str = API_KEYS[0], key: str = PLATFORM, event_id: str = ""
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body, sealed and signed as WeChat Pay does it."""
        nonce = uuid4().hex[:12]
        sealed = AESGCM(api_key.encode()).encrypt(nonce.encode(), json.dumps(thing).encode(), b"transaction")
        event = {
            "id": event_id or str(uuid4()), "event_type": kind, "resource_type": "encrypt-resource",
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "ciphertext": b64encode(sealed).decode(), "nonce": nonce,
                "associated_data": "transaction",
            },
        }  # fmt: skip
        body = json.dumps(event)
        return self.sign(body, key), body.encode()

    def config(self, **changes: Any) -> WechatConfig:
        known = {
            "mchid": MCHID, "app_id": APP_ID, "merchant_serial": MERCHANT_SERIAL, "api_keys": API_KEYS,
            "merchant_key": private_pem("merchant"), "app_secret": SECRET, "api_base": self.url, "login_base": self.url,
            "platform_keys": ((PLATFORM, public_pem(PLATFORM)), (OLD_PLATFORM, public_pem(OLD_PLATFORM))),
        }  # fmt: skip
        return WechatConfig(**(known | changes))

    def provider(self, **changes: Any) -> WechatPay:
        config = self.config(**changes)
        return WechatPay(WechatApi(config, time_limits=(1.0, 1.0), sleep=lambda _: None), config, NOTICES)


@contextmanager
def fake_wechat() -> Iterator[FakeWechat]:
    server = FakeWechat()
    yield server
    server.stop()
