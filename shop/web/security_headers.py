"""The header policy: nothing from elsewhere, no inline script or style, no framing."""

from __future__ import annotations

from flask import Flask, Response

from shop.extensions import settings
from shop.settings import Settings


def content_security_policy(settings: Settings) -> str:
    """Browsers apply form-action to the redirect that follows a post, so ways to pay and to sign in or out at the
    campus are named there.
    """
    targets = " ".join(dict.fromkeys(["'self'", *settings.payment_origins, *settings.campus.origins]))
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"form-action {targets}",
        ]
    )


def register(app: Flask) -> None:
    with app.app_context():
        policy = header_policy(settings())

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in policy.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def header_policy(settings: Settings) -> dict[str, str]:
    """What every answer carries, a file's too: a drawing that somebody opens by itself is a document."""
    headers = {
        "Content-Security-Policy": content_security_policy(settings),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers
