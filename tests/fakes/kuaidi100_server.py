"""A small Kuaidi100 for tests: every question's signature is checked, and what it tells is signed as it was agreed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from shop.delivery.tracking.kuaidi100 import Kuaidi100, Kuaidi100Config
from tests.fakes.faulty_server import FaultyHandler, FaultyServer

CUSTOMER, KEY = "CUSTOMER0123456789", "key-of-the-shop"
_JSON = {"Content-Type": "application/json; charset=utf-8"}


class Handler(FaultyHandler):
    server: FakeKuaidi100

    def name_of(self, body: str) -> str:
        return self.path

    def respond(self, body: str) -> tuple[int, str, dict[str, str]]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        answer = self.server.subscribe(form) if self.path == "/poll" else self.server.query(form)
        return 200, json.dumps(answer, ensure_ascii=False), _JSON


class FakeKuaidi100(FaultyServer):
    def __init__(self) -> None:
        self.parcels: dict[str, dict[str, Any]] = {}
        self.salts: dict[str, str] = {}
        self.tails: dict[str, str] = {}
        super().__init__(Handler)

    @property
    def config(self) -> Kuaidi100Config:
        return Kuaidi100Config(CUSTOMER, KEY, self.url)

    def provider(self) -> Kuaidi100:
        return Kuaidi100(self.config)

    def says(self, number: str, state: str, at: str, context: str = "", com: str = "shunfeng") -> None:
        """`at` is Shanghai's time, as it is written there."""
        line = {"time": at, "ftime": at, "context": context}
        self.parcels[number] = {
            "message": "ok", "state": state, "status": "200", "com": com, "nu": number, "data": [line],
        }  # fmt: skip

    def subscribe(self, form: dict[str, str]) -> dict[str, Any]:
        asked = json.loads(form["param"])
        if asked["key"] != KEY:
            return {"result": False, "returnCode": "600", "message": "您不是合法的订阅者"}
        known = asked["number"] in self.salts
        self.salts[asked["number"]] = asked["parameters"]["salt"]
        code = "501" if known else "200"
        return {"result": not known, "returnCode": code, "message": "重复订阅" if known else "提交成功"}

    def query(self, form: dict[str, str]) -> dict[str, Any]:
        if form["customer"] != CUSTOMER or form["sign"] != _md5(form["param"] + KEY + CUSTOMER):
            return {"result": False, "returnCode": "503", "message": "验证签名失败"}
        asked = json.loads(form["param"])
        self.tails[asked["num"]] = asked["phone"]
        nothing = {"result": False, "returnCode": "500", "message": "查询无结果，请隔段时间再查"}
        return self.parcels.get(asked["num"], nothing)

    def push(self, number: str) -> dict[str, str]:
        """The form that it sends of this parcel."""
        param = json.dumps({"status": "polling", "lastResult": self.parcels[number]}, ensure_ascii=False)
        return {"param": param, "sign": _md5(param + self.salts[number])}


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


@contextmanager
def fake_kuaidi100() -> Iterator[FakeKuaidi100]:
    server = FakeKuaidi100()
    try:
        yield server
    finally:
        server.stop()
