"""A small Kuaidi100 for waybills: signatures are checked, and an order number asked again is answered as before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from shop.delivery.waybills.kuaidi100 import Kuaidi100WaybillConfig, Kuaidi100Waybills
from tests.fakes.faulty_server import FaultyHandler, FaultyServer

KEY, SECRET = "waybill-key", "waybill-secret"
ACCOUNTS = {
    "sf": {"partnerId": "7551234567"},
    "jt": {"partnerId": "J0086", "partnerKey": "hush", "net": "平利"},
}
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Handler(FaultyHandler):
    server: FakeWaybills

    def name_of(self, body: str) -> str:
        return _form(body)["method"]

    def respond(self, body: str) -> tuple[int, str, dict[str, str]]:
        return 200, json.dumps(self.server.answer(self.path, _form(body)), ensure_ascii=False), _JSON


class FakeWaybills(FaultyServer):
    def __init__(self) -> None:
        self.clear()
        super().__init__(Handler)

    def clear(self) -> None:
        """`orders`: what was asked, by order number; `given`: its number; `cancelled`: numbers that were taken back."""
        self.orders: dict[str, dict[str, Any]] = {}
        self.given: dict[str, str] = {}
        self.cancelled: list[str] = []
        self.refusals: list[dict[str, Any]] = []
        self.extras: dict[str, Any] = {
            "bulkpen": "710  R702-00 026", "pkgName": "西安转运中心", "kdComOrderNum": "01745833873064PT1bzn",
        }  # fmt: skip

    @property
    def config(self) -> Kuaidi100WaybillConfig:
        return Kuaidi100WaybillConfig(KEY, SECRET, ACCOUNTS, self.url)

    def provider(self) -> Kuaidi100Waybills:
        return Kuaidi100Waybills(self.config)

    def refuse(self, code: int, message: str) -> None:
        """The next question."""
        self.refusals.append({"success": False, "code": code, "message": message, "data": None})

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any]:
        signed = hashlib.md5((form["param"] + form["t"] + KEY + SECRET).encode(), usedforsecurity=False)
        if path != "/label/order" or form["sign"] != signed.hexdigest().upper():
            return {"success": False, "code": 30002, "message": "验证签名失败"}
        if self.refusals:
            return self.refusals.pop(0)
        asked = json.loads(form["param"])
        return self.order(asked) if form["method"] == "order" else self.cancel(asked)

    def order(self, asked: dict[str, Any]) -> dict[str, Any]:
        known = asked["orderId"] in self.orders
        if not known:
            self.orders[asked["orderId"]] = asked
            self.given[asked["orderId"]] = f"SF{len(self.orders):013d}"
        data = {"kuaidinum": self.given[asked["orderId"]], **self.extras}
        code, message = (30011, "订单已存在，返回原单号") if known else (200, "success")
        return {"success": True, "code": code, "message": message, "data": data}

    def cancel(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["kuaidinum"] in self.cancelled:
            return {"success": False, "code": 30005, "message": "该面单已取消"}
        self.cancelled.append(asked["kuaidinum"])
        return {"success": True, "code": 200, "message": "success"}


def _form(body: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(body).items()}


@contextmanager
def fake_waybills() -> Iterator[FakeWaybills]:
    server = FakeWaybills()
    try:
        yield server
    finally:
        server.stop()
