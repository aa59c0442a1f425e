"""Unexpected errors go to Sentry when its DSN is set, without anything personal."""

from __future__ import annotations

from pkgutil import resolve_name

from flask import Flask

from shop.extensions import settings

_START = "shop.web.sentry:start"  # imported where there is a DSN


def register(app: Flask) -> None:
    with app.app_context():
        chosen = settings()
    if chosen.sentry_dsn:
        resolve_name(_START)(chosen.sentry_dsn, chosen.env)
