"""The one address of a public page in each language, as search engines and shared links know it.

Built from `PUBLIC_URL` and the path alone, never from what a request says of its host. What narrows or sorts a list does
not belong to its address; such a page says `noindex` instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from flask import Flask, request
from markupsafe import Markup

from shop.extensions import settings
from shop.web.language import LANGUAGES

# What of an address makes another page of it, by view; all else is left out.
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "storefront.products": ("category", "village", "page"),
    "storefront.product_reviews": ("page",),
    "storefront.stories": ("kind", "village", "page"),
}
HREFLANG: Final = {"zh": "zh-CN", "en": "en"}
_LONGEST: Final = 120


def register(app: Flask) -> None:
    """Give templates the addresses of the page that they draw."""
    app.jinja_env.globals.update(
        canonical=canonical,
        other_languages=other_languages,
        absolute=absolute,
        as_open_graph=as_open_graph,
    )


def absolute(path: str, **arguments: str) -> str:
    """`path` of this shop as others have to follow it."""
    query = f"?{urlencode(arguments)}" if arguments else ""
    return f"{settings().public_url}{path}{query}"


def canonical(lang: str | None = None) -> str:
    """This page in a language, by default as it was asked for; `''`: the address at which the browser decides.

    Who asks for no language is at that address, which is a page of its own beside those of the languages.
    """
    names = _PARTS.get(request.endpoint or "", ())
    parts = {name: value for name in names if (value := request.args.get(name, "")[:_LONGEST])}
    if parts.get("page") == "1":
        del parts["page"]
    chosen = _asked_language() if lang is None else lang
    return absolute(quote(request.path, safe="/"), **parts, **({"lang": chosen} if chosen else {}))


def _asked_language() -> str:
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else ""


def other_languages() -> list[tuple[str, str]]:
    """Each language's address of this page, and the one for all others."""
    return [*((HREFLANG[one], canonical(one)) for one in LANGUAGES), ("x-default", canonical(""))]


def as_open_graph(description: Markup) -> Markup:
    """The tag with the page's description once more, as those read it who show a shared link."""
    return Markup(str(description).replace('name="description"', 'property="og:description"'))  # noqa: S704  a tag that a template wrote
