"""What a buyer does, as requests: put something into a basket; buy it."""

from __future__ import annotations

import http.client
import re
from itertools import count
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"


class Visitor:
    """A guest on one connection, with the cookies that it was given."""

    def __init__(self, connection: http.client.HTTPConnection, origin: str) -> None:
        self._connection = connection
        self._origin = origin
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> str:
        return self._ask("GET", path, None, (200,))

    def post(self, path: str, **fields: str) -> str:
        return self._ask("POST", path, urlencode(fields), (200, 201, 302, 303))

    def _ask(self, method: str, path: str, body: str | None, wanted: tuple[int, ...]) -> str:
        headers = {"Origin": self._origin, "Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = FORM
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        assert answer.status in wanted, f"{method} {path}: {answer.status}"
        return text


def add_to_basket(visitor: Visitor, sku: str) -> None:
    visitor.post("/cart/items", sku=sku, quantity="1")


_PHONES = count(1)  # one each: a telephone has so many unpaid orders and no more


def buy(visitor: Visitor, sku: str) -> None:
    """From the basket to a placed order, collected on campus; paying is the provider's time, not ours."""
    add_to_basket(visitor, sku)
    page = visitor.get("/checkout")
    visitor.post(
        "/checkout",
        **{name: hidden(page, name) for name in ("csrf_token", "checkout_token", "seen_freight")},
        delivery="pickup",
        pickup_point="1",
        run="1",
        recipient="林老师",
        phone=f"138{next(_PHONES):08d}",
        payment_method="sandbox",
        invoice_kind="none",
        consent="y",
    )


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"the page has no {name}"
    return found.group(1)
