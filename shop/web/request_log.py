"""One JSON line a request, with an id that also stands on the answer; no address, query or name of a person."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request

from shop.extensions import settings
from shop.web import metrics

HEADER = "X-Request-ID"
_FOREIGN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

log = structlog.stdlib.get_logger("shop.request")


def configure_logging(level: int = logging.INFO) -> None:
    """Write every library's log as JSON to standard error; a log that cannot be written stops nothing."""
    logging.raiseExceptions = False
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def request_id() -> str:
    """This request's id, made at its first use; a proxy's own id is kept when proxies are trusted."""
    if "request_id" not in g:
        given = request.headers.get(HEADER, "") if settings().trusted_proxies else ""
        g.request_id = given if _FOREIGN_ID.fullmatch(given) else secrets.token_hex(8)
    known: str = g.request_id
    return known


def register(app: Flask) -> None:
    with app.app_context():
        if not settings().is_testing:
            configure_logging()

    @app.before_request
    def start() -> None:
        g.started_at = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id())

    @app.after_request
    def finish(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("started_at", time.perf_counter())
        # The rule and not the path: paths carry codes that open things.
        route = request.url_rule.rule if request.url_rule else None
        metrics.observe(request.method, route, response.status_code, seconds)
        response.headers[HEADER] = request_id()
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
        return response
