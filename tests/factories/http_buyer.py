"""A guest's browser over real HTTP, without script: fills a basket, reads the form, sends it."""

from __future__ import annotations

import re
from html import unescape
from itertools import count

import requests

_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_PHONES = count(1)  # one each: a telephone has so many unpaid orders and no more


class HttpBuyer:
    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = requests.Session()
        self.browser.trust_env = False
        # A connection kept open through a long preparation would be closed under us.
        self.browser.headers.update({"Origin": url, "Connection": "close"})

    def fill_basket(self, sku: str, quantity: int = 1) -> None:
        answer = self.browser.post(
            f"{self.url}/cart/items",
            data={"sku": sku, "quantity": str(quantity)},
            headers={"Accept": "application/json"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text

    def read_form(self, **changes: str) -> dict[str, str]:
        """The checkout form, filled in by hand."""
        page = self.browser.get(f"{self.url}/checkout", timeout=60)
        assert page.status_code == 200, page.text[:500]
        typed = {
            "delivery": "pickup",
            "pickup_point": _checked(page.text, "pickup_point"),
            "recipient": "林老师",
            "run": _checked(page.text, "run"),
            "phone": f"138{next(_PHONES):08d}",
            "payment_method": "sandbox",
            "invoice_kind": "none",
            "consent": "y",
        }
        return _hidden_fields(page.text) | typed | changes

    def send_form(self, form: dict[str, str]) -> requests.Response:
        return self.browser.post(f"{self.url}/checkout", data=form, allow_redirects=False, timeout=60)


def _hidden_fields(page: str) -> dict[str, str]:
    fields = {}
    for tag in _HIDDEN.findall(page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            fields[name[1]] = unescape(value[1]) if value else ""
    return {name: fields[name] for name in ("csrf_token", "checkout_token", "seen_freight")}


def _checked(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="(\d+)"[^>]*checked', page)
    assert found, f"nothing is chosen for {name}"
    return found[1]
