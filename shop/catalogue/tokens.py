"""Words that nobody can type (they begin with an underscore), by which search narrows to a kind or a place."""

from __future__ import annotations

from shop.catalogue.index_models import DocumentKind


def kind_token(kind: DocumentKind) -> str:
    return f"_{kind.value}"


def category_token(category_id: int) -> str:
    return f"_c{category_id}"


def village_token(village_id: int) -> str:
    return f"_v{village_id}"
