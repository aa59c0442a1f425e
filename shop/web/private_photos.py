"""A photo that is shown to those who may see what it belongs to, and kept by nobody between."""

from __future__ import annotations

from flask import Response


def private_photo(content: bytes) -> Response:
    response = Response(content, content_type="image/webp")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Disposition"] = "inline"
    return response
