"""What the operator's machines ask: alive, ready, measured."""

from __future__ import annotations

import hmac
from datetime import timedelta
from functools import cache

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from shop.extensions import settings
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.settings import MIGRATIONS
from shop.storage.heartbeat import last_beat
from shop.web import metrics
from shop.web.database import read_session
from shop.web.publicness import public_view

WORKER = "worker"
STALE_AFTER = timedelta(minutes=5)

blueprint = Blueprint("health", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@cache
def newest_migration() -> str:
    """By the names of the files, which are numbered: Alembic would read and keep them all, and itself."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def is_migrated() -> bool:
    """Whether the database's schema is the one that this code was written for. Raises SQLAlchemyError."""
    known = read_session().scalar(sa.text("SELECT version_num FROM alembic_version"))
    return bool(known == newest_migration())


def is_worker_stale() -> bool:
    """Whether no worker was seen for five minutes; the shop still sells, an admin is alarmed."""
    seen = last_beat(read_session(), WORKER)
    return seen is None or utc_now() - seen > STALE_AFTER


@blueprint.get("/healthz")
@public_view
def healthz() -> Response:
    return Response("ok\n", content_type="text/plain")


@blueprint.get("/readyz")
@public_view
def readyz() -> tuple[Response, int]:
    try:
        migrated, stale = is_migrated(), is_worker_stale()
    except SQLAlchemyError:
        return jsonify(ready=False, database="away"), 503
    return (
        jsonify(
            ready=migrated,
            database="ok",
            migrations="ok" if migrated else "behind",
            worker="stale" if stale else "ok",
        ),
        200 if migrated else 503,
    )


@blueprint.get("/metrics")
@public_view
def read_metrics() -> Response:
    token = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        raise NotFound()
    body, content_type = metrics.exposition()
    return Response(body, content_type=content_type)
