"""Counts and times for Prometheus, over all workers when PROMETHEUS_MULTIPROC_DIR is set."""

from __future__ import annotations

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

requests_total = Counter("shop_requests_total", "Requests answered", ["method", "route", "status"])
request_seconds = Histogram(
    "shop_request_seconds",
    "Seconds to an answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.8, 2, 5, 10),
)


def observe(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count one answer. Unknown methods and addresses share one name, so that visitors cannot invent series."""
    requests_total.labels(method if method in _METHODS else "other", route or "none", str(status)).inc()
    request_seconds.labels(route or "none").observe(seconds)


def exposition() -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type."""
    registry: CollectorRegistry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
