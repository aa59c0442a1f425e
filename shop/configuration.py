"""How our settings are said to Flask and to the libraries plugged into it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shop.settings import Settings
from shop.storage.database import engine_options

MEGABYTE = 1024 * 1024
BODY_LIMIT = 1 * MEGABYTE
UPLOAD_LIMIT = 11 * MEGABYTE


def flask_config(settings: Settings) -> dict[str, Any]:
    """`app.config`, whole."""
    return {
        "TESTING": settings.is_testing,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "TRUSTED_HOSTS": settings.trusted_hosts,
        "MAX_CONTENT_LENGTH": BODY_LIMIT,
        "MAX_FORM_MEMORY_SIZE": BODY_LIMIT,
        "PROPAGATE_EXCEPTIONS": False,
        "PREFERRED_URL_SCHEME": "https" if settings.is_https else "http",
        **_cookies(settings),
        **_data(settings),
        **_forms(),
        **_languages(),
    }


def _cookies(settings: Settings) -> dict[str, Any]:
    return {
        "SESSION_COOKIE_NAME": f"{'__Host-' if settings.is_https else ''}session",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_REFRESH_EACH_REQUEST": False,
        # The cookie may live as long as the longest credential; rows in `sessions` say what it still opens.
        "PERMANENT_SESSION_LIFETIME": timedelta(days=90),
    }


def _data(settings: Settings) -> dict[str, Any]:
    return {
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        # Parameters of a failed statement may be personal: they stay out of errors, logs and traces.
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url) | {"hide_parameters": True},
    }


def _forms() -> dict[str, Any]:
    return {
        # `shop.web.protection` asks for the token itself, so that exceptions stand beside their view.
        "WTF_CSRF_CHECK_DEFAULT": False,
        # A token lives as long as its session, and the origin is checked more strictly than by referrer.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "BOOTSTRAP_SERVE_LOCAL": True,
    }


def _languages() -> dict[str, Any]:
    return {"BABEL_DEFAULT_LOCALE": "zh", "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai"}
