"""How a request is taken in: proxies, JSON and templates."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.middleware.proxy_fix import ProxyFix

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


def register(app: Flask) -> None:
    app.json = CautiousJSON(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    with app.app_context():
        hops = settings().trusted_proxies
    if hops:
        # The host is not taken from proxies: links are built from PUBLIC_URL.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
