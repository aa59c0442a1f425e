"""The feed of products: RSS 2.0 with the `g:` words that Google Merchant Center and most others read.

One item a pack. It is written row by row, so that a long catalogue takes no more memory than a short one, and who has
it already is told so by the catalogue's version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import Response
from flask_babel import gettext as _

from shop.catalogue.models import StockState
from shop.catalogue.picture_names import share_file
from shop.catalogue.public_rows import FeedRow, feed_rows
from shop.kit.money import plain_yuan
from shop.web.canonical import absolute
from shop.web.database import patient_session
from shop.web.filters import bilingual
from shop.web.language import current_language, is_language_in_address
from shop.web.limits import SEARCHES, limiter
from shop.web.publicness import public_view
from shop.web.shop_settings import catalogue_version, current_shop_settings
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.structured import drawing, in_language
from shop.web.streamed_xml import HEAD, attribute, element, text, xml_answer

SECONDS: Final = 120
_RSS: Final = "application/rss+xml; charset=utf-8"
_SPACES: Final = 'xmlns:g="http://base.google.com/ns/1.0" xmlns:atom="http://www.w3.org/2005/Atom"'
_STOCK: Final = {StockState.SOLD_OUT: "out_of_stock"}


@storefront.get("/feeds/products.xml")
@limiter.limit(SEARCHES)
@public_view
def products_feed() -> Response:
    """In the language of `?lang=`; without it by the browser, as every page."""
    version, head = (catalogue_version(), current_language()), _head()
    rows = feed_rows(patient_session(seconds=SECONDS))
    response = xml_answer(_feed(head, rows), version, _RSS)
    if not is_language_in_address():
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers.add("Vary", "Accept-Language")
    return response


def _head() -> str:
    settings = current_shop_settings()
    here = in_language("/feeds/products.xml")
    return (
        element("title", bilingual(settings, "name"))
        + element("link", in_language("/"))
        + element("description", bilingual(settings, "tagline") or bilingual(settings, "name"))
        + element("language", "zh-CN" if current_language() == "zh" else "en")
        + f'<atom:link rel="self" type="application/rss+xml" href={attribute(here)}/>\n'
    )


def _feed(head: str, rows: Iterator[FeedRow]) -> Iterator[str]:
    yield f'{HEAD}<rss version="2.0" {_SPACES}><channel>{head}'
    for row in rows:
        yield f"<item>{''.join(_item(row))}</item>\n"
    yield "</channel></rss>\n"


def _item(row: FeedRow) -> Iterator[str]:
    name, pack = bilingual(row, "name"), bilingual(row, "pack_name")
    link = in_language(f"/products/{row.slug}?sku={row.sku}")
    village = bilingual(row, "village_name")
    yield element("title", f"{name} {pack}")
    yield element("link", link)
    yield element("description", bilingual(row, "summary") or name)
    yield f'<guid isPermaLink="false">{text(row.sku)}</guid>'
    yield element("g:id", row.sku)
    yield element("g:item_group_id", row.slug if row.packs > 1 else None)
    yield element("g:image_link", absolute(_picture(row)))
    yield element("g:availability", _STOCK.get(row.stock_state, "in_stock"))
    yield from _prices(row)
    yield element("g:condition", "new")
    yield element("g:brand", row.seller)
    yield element("g:identifier_exists", "no")
    yield element(
        "g:product_type", " > ".join(one for one in (bilingual(row, "category_name"), village) if one)
    )
    yield element("g:shipping_weight", f"{row.gross_weight_g} g")
    yield element("g:unit_pricing_measure", f"{row.net_weight_g} g")
    yield element("g:custom_label_0", _("From %(village)s", village=village) if village else None)


def _prices(row: FeedRow) -> Iterator[str]:
    """A price for a time stands beside the one before it; the feed is read again long before it ends."""
    price = f"{plain_yuan(row.price_fen)} CNY"
    if row.former_fen is None:
        yield element("g:price", price)
        return
    yield element("g:price", f"{plain_yuan(row.former_fen)} CNY")
    yield element("g:sale_price", price)


def _picture(row: FeedRow) -> str:
    return f"/media/{share_file(row.picture_key)}" if row.picture_key else drawing(row.family)
