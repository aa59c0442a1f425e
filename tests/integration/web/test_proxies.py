"""Whom the shop believes about where a request comes from."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import request

from shop import create_app

FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https, https",
    "X-Forwarded-Host": "evil.example",
}


@pytest.fixture
def backend() -> str:
    """What a proxy says is the same on every database."""
    return "sqlite"


@pytest.mark.parametrize(
    ("proxies", "address", "scheme"),
    [(0, "127.0.0.1", "http"), (1, "198.51.100.7", "https"), (2, "203.0.113.9", "https")],
)
def test_each_trusted_proxy_is_believed_one_address_and_never_the_host(settings, proxies, address, scheme):
    app = create_app(replace(settings, trusted_proxies=proxies))
    app.add_url_rule("/t/seen", view_func=lambda: [request.remote_addr, request.scheme, request.host])
    answer = app.test_client().get("/t/seen", headers=FORWARDED)
    assert answer.json == [address, scheme, "localhost"]
