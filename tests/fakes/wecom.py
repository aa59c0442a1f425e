"""WeCom as its public reference describes it: what each address answers, with an `errcode` always, and tokens that run out."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


class Wecom:
    def __init__(self) -> None:
        self.codes: dict[str, str] = {}  # code → member, "" for a visitor; each once
        self.members: dict[str, dict] = {}
        self.departments = {7: "茶学院"}
        self.tokens = 0
        self.broken = False
        self.url = ""

    def answer(self, path: str, asked: dict[str, str]) -> dict:
        if path == "/cgi-bin/gettoken":
            if (asked.get("corpid"), asked.get("corpsecret")) != ("ww1234", "hush"):
                return {"errcode": 40001, "errmsg": "invalid credential"}
            self.tokens += 1
            return {"errcode": 0, "errmsg": "ok", "access_token": f"token-{self.tokens}", "expires_in": 7200}
        if asked.get("access_token") != f"token-{self.tokens}":
            return {"errcode": 42001, "errmsg": "access_token expired"}
        return {
            "/cgi-bin/auth/getuserinfo": self._code,
            "/cgi-bin/user/get": self._member,
            "/cgi-bin/department/get": self._department,
        }[path](asked)

    def _code(self, asked: dict[str, str]) -> dict:
        member = self.codes.pop(asked["code"], None)
        if member is None:
            return {"errcode": 40029, "errmsg": "invalid code"}
        if not member:
            return {"errcode": 0, "errmsg": "ok", "openid": "o-visitor"}
        return {"errcode": 0, "errmsg": "ok", "userid": member, "user_ticket": "t"}

    def _member(self, asked: dict[str, str]) -> dict:
        found = self.members.get(asked["userid"].lower())
        if found is None:
            return {"errcode": 60111, "errmsg": "userid not found"}
        return {"errcode": 0, "errmsg": "ok", "userid": asked["userid"], **found}

    def _department(self, asked: dict[str, str]) -> dict:
        name = self.departments[int(asked["id"])]
        return {"errcode": 0, "errmsg": "ok", "department": {"id": int(asked["id"]), "name": name}}


def member(**more) -> dict:
    return {
        "name": "王小梅", "department": [7], "main_department": 7, "position": "教师", "status": 1,
        "extattr": {"attrs": [{"type": 0, "name": "工号", "text": {"value": "20230017"}, "value": "20230017"}]},
    } | more  # fmt: skip


@contextmanager
def running_wecom() -> Iterator[Wecom]:
    wecom = Wecom()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            said = wecom.answer(parts.path, dict(parse_qsl(parts.query)))
            body = b"<html>" if wecom.broken else json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    wecom.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield wecom
    server.shutdown()
    server.server_close()
