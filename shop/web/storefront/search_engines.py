"""What search engines ask a shop first: where they may go, and which pages there are, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from flask import Response

from shop.accounts.page_texts import PAGES
from shop.catalogue.public_rows import (
    categories_and_villages,
    newest_change,
    product_parts,
    products_of_part,
)
from shop.kit.clock import utc_now
from shop.kit.errors import NotFound
from shop.stories.article import places_of_posts
from shop.web.canonical import HREFLANG, absolute
from shop.web.database import patient_session, read_session
from shop.web.language import LANGUAGES
from shop.web.limits import SEARCHES, limiter
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.shop_settings import catalogue_version, current_shop_settings
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.truck import version_and_minute
from shop.web.streamed_xml import HEAD, attribute, element, xml_answer

# A file may name 50,000 addresses; each product has one in each language.
PRODUCTS_A_FILE: Final = 20_000
STORIES_A_FILE: Final = 20_000
SECONDS: Final = 60
_XML: Final = "application/xml; charset=utf-8"
# Where people are somebody: nothing there is for everybody. `/village` is one, `/villages` is public. The checkout needs
# no line: whoever comes without a basket is led to it.
_PRIVATE: Final = (
    *("/account", "/admin", "/api/", "/cart", "/farm", "/language", "/login", "/logout", "/org"),
    *("/orders", "/payments/", "/point", "/register", "/reset", "/search/", "/session/", "/stock"),
    *("/village$", "/village/"),
)
_SPACE: Final = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


@storefront.get("/robots.txt")
@public_page(version=catalogue_version)
def robots() -> Response:
    """Where the shop's setting keeps search engines out, they are asked to read nothing."""
    if current_shop_settings().search_engines:
        rules = [f"Disallow: {path}" for path in _PRIVATE]
        lines = ["User-agent: *", *rules, "", f"Sitemap: {absolute('/sitemap.xml')}"]
    else:
        lines = ["User-agent: *", "Disallow: /"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@storefront.get("/sitemap.xml")
@public_page(version=catalogue_version)
def sitemap() -> Response:
    """The list of lists: the shop's own pages, and its products in as many files as they need."""
    session = read_session()
    parts = range(1, product_parts(session, PRODUCTS_A_FILE) + 1)
    names = ["pages", "stories", *(f"products-{part}" for part in parts)]
    changed = _day(newest_change(session))
    rows = "".join(
        f"<sitemap>{element('loc', absolute(f'/sitemaps/{name}.xml'))}{changed}</sitemap>\n" for name in names
    )
    return Response(f"{HEAD}<sitemapindex {_SPACE}>\n{rows}</sitemapindex>\n", content_type=_XML)


@storefront.get("/sitemaps/pages.xml")
@public_page(version=catalogue_version)
def sitemap_pages() -> Response:
    session = read_session()
    changed = newest_change(session)
    categories, villages = categories_and_villages(session)
    paths = [
        *("/", "/products", "/villages", "/impact", "/stories"),
        *(f"/products?category={slug}" for slug in categories),
        *(f"/villages/{slug}" for slug in villages),
    ]
    rows = [(path, changed) for path in paths] + [(f"/pages/{name}", None) for name in PAGES]
    return Response("".join(_list(rows)), content_type=_XML)


@storefront.get("/sitemaps/stories.xml")
@public_page(version=version_and_minute)
def sitemap_stories() -> Response:
    places = places_of_posts(read_session(), now=utc_now(), most=STORIES_A_FILE)
    rows = [(f"/stories/{place.slug}", place.changed_at) for place in places]
    return Response("".join(_list(rows)), content_type=_XML)


@storefront.get("/sitemaps/products-<int:part>.xml")
@limiter.limit(SEARCHES)
@public_view
def sitemap_products(part: int) -> Response:
    version = catalogue_version()
    if not 1 <= part <= product_parts(read_session(), PRODUCTS_A_FILE):
        raise NotFound()
    session = patient_session(seconds=SECONDS)
    places = products_of_part(session, part, PRODUCTS_A_FILE)
    rows = ((f"/products/{place.slug}", place.changed_at) for place in places)
    return xml_answer(_list(rows), version, _XML)


def _list(rows: Iterable[tuple[str, datetime | None]]) -> Iterator[str]:
    yield f"{HEAD}<urlset {_SPACE}>\n"
    for path, changed in rows:
        joint = "&" if "?" in path else "?"
        addresses = {lang: f"{absolute(path)}{joint}lang={lang}" for lang in LANGUAGES}
        links = {**{HREFLANG[lang]: one for lang, one in addresses.items()}, "x-default": absolute(path)}
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={attribute(href)}/>'
            for code, href in links.items()
        )
        for address in addresses.values():
            yield f"<url>{element('loc', address)}{_day(changed)}{others}</url>\n"
    yield "</urlset>\n"


def _day(moment: datetime | None) -> str:
    return element("lastmod", moment.strftime("%Y-%m-%dT%H:%M:%SZ")) if moment else ""
