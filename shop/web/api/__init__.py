"""The API for programs: `/api/v1/…`, described at `/api/v1/openapi.json`.

Import each resource's module here and list its blueprint: its views hang themselves on it.
"""

from __future__ import annotations

from functools import partial

from flask import Flask
from flask_smorest import Api

from shop.web.api import products
from shop.web.publicness import public_view

PREFIX = "/api/v1"
RESOURCES = (products.blueprint,)


class DescribedApi(Api):
    """flask-smorest without its own error answers: errors are rendered in one place, as problem+json."""

    def _register_error_handlers(self) -> None:
        pass


def register(app: Flask) -> None:
    app.config.update(
        API_TITLE="First Secretary Village Shop",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = DescribedApi(app)
    for resource in RESOURCES:
        api.register_blueprint(resource, url_prefix=PREFIX)
    # A bound method takes no mark, a partial does.
    description = app.view_functions["api-docs.openapi_json"]
    app.view_functions["api-docs.openapi_json"] = public_view(partial(description))
