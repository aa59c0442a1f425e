"""Names of provinces, cities and districts, for the small script that offers them while typing."""

from __future__ import annotations

from flask import Response, jsonify

from shop.delivery.divisions import divisions
from shop.web.public import public_page
from shop.web.storefront.blueprint import storefront


def _for_ever() -> int:
    """The names come with the installed package: they change when the shop is restarted."""
    return 1


@storefront.get("/divisions")
@public_page(version=_for_ever, max_age=86400)
def division_names() -> Response:
    return jsonify(divisions())
