"""Suggestions while somebody types into the search field."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_babel import ngettext

from shop.catalogue.index_models import DocumentKind
from shop.catalogue.question import LONGEST_QUESTION
from shop.catalogue.suggestions import Suggestion, suggest
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.limits import SUGGESTIONS, limiter
from shop.web.public import public_page
from shop.web.storefront.blueprint import storefront

ADDRESSES = {
    DocumentKind.PRODUCT: "/products/{}",
    DocumentKind.CATEGORY: "/products?category={}",
    DocumentKind.VILLAGE: "/villages/{}",
}


@storefront.get("/search/suggest")
@limiter.limit(SUGGESTIONS)
@public_page
def suggestions() -> Response:
    found = suggest(read_session(), request.args.get("q", "")[:LONGEST_QUESTION])
    return jsonify(items=[_item(one) for one in found])


def _item(one: Suggestion) -> dict[str, Any]:
    return {
        "name": bilingual(one, "name"),
        "href": ADDRESSES[one.kind].format(one.slug),
        "hint": _hint(one),
        "family": one.family,
        "kind": one.kind,
    }


def _hint(one: Suggestion) -> str:
    if one.kind is DocumentKind.PRODUCT:
        return bilingual(one, "village_name")
    goods: str = ngettext("%(num)s product", "%(num)s products", one.product_count)
    return goods
