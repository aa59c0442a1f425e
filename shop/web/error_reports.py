"""Unexpected errors go to Sentry when its DSN is set, without anything personal."""

from __future__ import annotations

import sentry_sdk
from flask import Flask
from sentry_sdk.integrations.logging import LoggingIntegration

from shop.extensions import settings


def register(app: Flask) -> None:
    with app.app_context():
        chosen = settings()
    if not chosen.sentry_dsn:
        return
    sentry_sdk.init(
        dsn=chosen.sentry_dsn,
        environment=chosen.env,
        default_integrations=False,
        # Errors reach the log in `error_pages` and in the worker; from there they are reported.
        integrations=[LoggingIntegration(level=None)],
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
    )
