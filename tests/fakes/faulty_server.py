"""What the fakes of both wallets share: a small HTTP server in a thread that can lose, break and delay answers."""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


@cache
def rsa_key(name: str) -> RSAPrivateKey:
    """The key of somebody; the same name has the same key as long as the tests run."""
    return generate_private_key(65537, 2048)


def private_pem(name: str) -> str:
    return rsa_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(name: str) -> str:
    return rsa_key(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class FaultyHandler(BaseHTTPRequestHandler):
    """Calls `respond`, before or after which a fault may strike. `server.faults` says which."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.handle_call("")

    def do_POST(self) -> None:
        self.handle_call(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

    def handle_call(self, body: str) -> None:
        fault = self.server.next_fault(self.name_of(body))
        mode = fault["mode"] if fault else ""
        if mode == "hang_before":
            time.sleep(fault["seconds"])
        if mode in {"reset_before", "hang_before"}:
            return self.hang_up()
        if mode in {"500", "503", "429"}:
            return self.send(int(mode), '{"code": "SYSTEM_ERROR"}', {"Content-Type": "application/json"})
        if mode == "502_html":
            return self.send(502, "<html>Bad gateway</html>", {"Content-Type": "text/html"})
        with self.server.lock:
            status, text, headers = self.respond(body)
        if mode == "hang_after":
            time.sleep(fault["seconds"])
        if mode in {"reset_after", "hang_after"}:
            return self.hang_up()
        if mode == "500_after":
            return self.send(500, '{"code": "SYSTEM_ERROR"}', {"Content-Type": "application/json"})
        if mode == "unsigned":
            text, headers = self.unsign(text, headers)
        return self.send(status, text, headers)

    def send(self, status: int, text: str, headers: dict[str, str]) -> None:
        raw = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if status != 204:
            self.wfile.write(raw)

    def hang_up(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class FaultyServer(ThreadingHTTPServer):
    """Runs until `stop`; `url` is its address."""

    daemon_threads = True

    def __init__(self, handler: type[FaultyHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.lock = threading.RLock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.forget()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def forget(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.skew = 0

    def now(self) -> float:
        return time.time() + self.skew

    def fault(self, mode: str, name: str = "", *, times: int = 1, seconds: float = 1.5) -> None:
        self.faults.append({"mode": mode, "name": name, "times": times, "seconds": seconds})

    def heal(self) -> None:
        self.faults.clear()

    def next_fault(self, name: str) -> dict[str, Any] | None:
        with self.lock:
            self.calls.append(name)
            for fault in self.faults:
                if fault["times"] > 0 and re.search(fault["name"], name):
                    fault["times"] -= 1
                    return fault
        return None

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
