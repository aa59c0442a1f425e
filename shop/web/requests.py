"""How a request is taken in: addresses, proxies and JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, UnicodeConverter

from shop.extensions import settings


class CautiousJSON(DefaultJSONProvider):
    """Refuses JSON nested too deep as what it is, a bad request, and writes Chinese as it is."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raises ValueError for what is no JSON, or is nested deeper than Python can follow."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None


class Typed(ImmutableMultiDict[str, Any]):
    """What stands in a query or a form, without NUL, which no person types and no text column takes."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(_without_nul(name), _without_nul(value)) for name, value in pairs])


class ShopRequest(Request):
    parameter_storage_class = Typed


class AddressPart(UnicodeConverter):
    """`<…>` in addresses: no control characters."""

    def __init__(self, *arguments: Any, **facts: Any) -> None:
        super().__init__(*arguments, **facts)
        self.regex = self.regex.replace("[^/]", r"[^/\x00-\x1f\x7f]")


class RowNumber(IntegerConverter):
    """`<int:…>` in addresses: plain digits, and no more of them than a row's number can have."""

    regex = r"[0-9]{1,18}"


def register(app: Flask) -> None:
    app.request_class = ShopRequest
    app.url_map.converters |= {"default": AddressPart, "string": AddressPart, "int": RowNumber}
    app.json = CautiousJSON(app)
    with app.app_context():
        hops = settings().trusted_proxies
    if hops:
        # The host is not taken from proxies: links are built from PUBLIC_URL.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def _without_nul(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value
