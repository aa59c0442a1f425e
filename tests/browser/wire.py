"""The wire between a phone and the shop: it counts what comes through, can be slow, and can lose or hold back answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

PIECE = 4096
LONGEST_HOLD = 8.0  # seconds, shorter than a phone's patience
PICTURES = ("/static/illustrations/", "/media/", "/static/phone-")


@dataclass
class Wire:
    """`came`: bytes from the shop to the phone, headers too, by path. Answers to posts to `loses` never arrive, those to
    `holds` only when that is emptied."""

    port: int
    shop_port: int
    came: Counter[str] = field(default_factory=Counter)
    loses: str = ""
    holds: str = ""
    held: int = 0
    latency: float = 0.0  # seconds for an answer to begin
    bytes_a_second: int = 0  # 0: as fast as the machine
    lost: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def weight(self) -> int:
        """Of all that came since the last time, but for pictures."""
        came, self.came = self.came, Counter()
        return sum(size for path, size in dict(came).items() if not path.startswith(PICTURES))

    def has_come(self) -> int:
        return sum(dict(self.came).values())

    def serve(self, listening: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                phone, _ = listening.accept()
                threading.Thread(target=self._join, args=(phone,), daemon=True).start()

    def _join(self, phone: socket.socket) -> None:
        """One connection; a browser sends its next request when it has the answer to the last one."""
        asked = [b"", b""]
        with phone, socket.create_connection(("127.0.0.1", self.shop_port)) as shop:
            back = threading.Thread(target=self._back, args=(shop, phone, asked), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while piece := phone.recv(PIECE):
                    words = piece.split(b" ", 2)
                    if words[0] in {b"GET", b"POST", b"HEAD"} and len(words) > 2:
                        asked[:] = words[:2]
                    shop.sendall(piece)
                shop.shutdown(socket.SHUT_WR)
            back.join(5)

    def _back(self, shop: socket.socket, phone: socket.socket, asked: list[bytes]) -> None:
        last = b""
        with contextlib.suppress(OSError):
            while piece := shop.recv(PIECE):
                path = asked[1].decode().split("?")[0]
                if self.loses and asked[0] == b"POST" and path == self.loses:
                    self.lost += 1
                    phone.shutdown(socket.SHUT_RDWR)
                    return
                if self.holds and asked[0] == b"POST" and path == self.holds:
                    self._hold()
                if self.latency and last != asked[1]:
                    time.sleep(self.latency)
                last = asked[1]
                if self.bytes_a_second:
                    time.sleep(len(piece) / self.bytes_a_second)
                self.came[path] += len(piece)
                phone.sendall(piece)
            phone.shutdown(socket.SHUT_WR)

    def _hold(self) -> None:
        self.held += 1
        end = time.monotonic() + LONGEST_HOLD
        while self.holds and time.monotonic() < end:
            time.sleep(0.02)


@contextmanager
def wire_to(shop_port: int, listening: socket.socket) -> Iterator[Wire]:
    wire = Wire(listening.getsockname()[1], shop_port)
    threading.Thread(target=wire.serve, args=(listening,), daemon=True).start()
    try:
        yield wire
    finally:
        listening.close()
