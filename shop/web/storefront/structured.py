"""What the shop's public pages say to machines: the shop, a product with its offers and stars, where a page stands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from flask import current_app
from flask_babel import gettext as _

from shop.catalogue.models import StockState
from shop.catalogue.picture_names import share_file
from shop.catalogue.product_facts import Pack, ProductPage
from shop.kit.clock import shanghai_date
from shop.kit.money import plain_yuan
from shop.reviews.public_list import ShownReview
from shop.web.canonical import absolute
from shop.web.filters import bilingual
from shop.web.phrases import language
from shop.web.shop_settings import current_shop_settings
from shop.web.structured_data import Facts, breadcrumbs

_AVAILABLE: Final = {True: "https://schema.org/InStock", False: "https://schema.org/OutOfStock"}
_PREORDER: Final = "https://schema.org/PreOrder"
_RETURNS: Final = "https://schema.org/"


def shop_facts() -> list[Facts]:
    """The shop, and how its goods are searched."""
    settings, home = current_shop_settings(), absolute("/")
    shop = {
        "@type": "Organization",
        "@id": f"{home}#shop",
        "name": bilingual(settings, "name"),
        "url": home,
        "logo": absolute(static_path("share/shop.png")),
        "telephone": settings.phone or None,
    }
    site = {
        "@type": "WebSite",
        "name": bilingual(settings, "name"),
        "alternateName": bilingual(settings, "short_name"),
        "url": home,
        "inLanguage": ["zh-CN", "en"],
        "publisher": {"@id": f"{home}#shop"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{absolute('/products')}?q={{question}}"},
            "query-input": "required name=question",
        },
    }
    return [shop, site]


def trail(*steps: tuple[str, str]) -> Facts:
    """From the home page down to this one; paths of this shop."""
    here = [(_("Home"), "/"), *steps]
    return breadcrumbs([(name, in_language(path)) for name, path in here])


def in_language(path: str) -> str:
    """The absolute address of a page in the language that is being read."""
    joint = "&" if "?" in path else "?"
    return f"{absolute(path)}{joint}lang={language()}"


def product_facts(
    page: ProductPage, preordered: Collection[int], reviews: Sequence[ShownReview]
) -> list[Facts]:
    """A product as a buyer sees it; `preordered` are the variants whose first lot is still to be harvested."""
    good, path = page.product, f"/products/{page.product.slug}"
    rating = good.rating
    facts: dict[str, Any] = {
        "@type": "Product",
        "@id": f"{absolute(path)}#product",
        "name": bilingual(good, "name"),
        "description": bilingual(good, "summary") or bilingual(good, "name"),
        "sku": page.pack(None).variant.sku,
        "url": in_language(path),
        "image": product_pictures(page),
        "category": bilingual(page.category, "name"),
        "countryOfOrigin": "CN",
        "offers": [_offer(page, pack, preordered, path) for pack in page.packs],
    }
    if rating.count:
        facts["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": rating.mean,
            "reviewCount": rating.count,
            "bestRating": 5,
            "worstRating": 1,
        }
        facts["review"] = [_review(one) for one in reviews]
    category = (bilingual(page.category, "name"), f"/products?category={page.category.slug}")
    return [facts, trail(category, (bilingual(good, "name"), path))]


def product_pictures(page: ProductPage) -> list[str]:
    """Absolute addresses of JPEG or PNG files."""
    photos = [absolute(f"/media/{share_file(picture.key)}") for picture in page.pictures]
    return photos or [absolute(share_picture(page))]


def share_picture(page: ProductPage) -> str:
    """The path of its first photo as a JPEG, or of the drawing of its family as a PNG."""
    if page.pictures:
        return f"/media/{share_file(page.pictures[0].key)}"
    return drawing(page.product.family)


def drawing(family: str) -> str:
    """The path of the drawing of a family as a PNG; a basket for a family that has none."""
    name = f"share/{family}.png"
    return static_path(name if name in current_app.extensions["shop.static"] else "share/basket.png")


def static_path(name: str) -> str:
    path: str = current_app.extensions["shop.static"][name]
    return path


def _offer(page: ProductPage, pack: Pack, preordered: Collection[int], path: str) -> Facts:
    variant = pack.variant
    is_there = variant.stock_state is not StockState.SOLD_OUT
    until = shanghai_date(variant.price_until).isoformat() if variant.price_until else None
    return {
        "@type": "Offer",
        "name": bilingual(variant, "name"),
        "sku": variant.sku,
        "url": in_language(f"{path}?sku={variant.sku}"),
        "price": plain_yuan(variant.price_fen),
        "priceCurrency": "CNY",
        "priceValidUntil": until,
        "availability": _PREORDER if is_there and variant.id in preordered else _AVAILABLE[is_there],
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": page.seller.legal_name},
        "hasMerchantReturnPolicy": _returns(page),
    }


def _returns(page: ProductPage) -> Facts:
    policy: dict[str, Any] = {"@type": "MerchantReturnPolicy", "applicableCountry": "CN"}
    if page.product.return_exempt:
        return {**policy, "returnPolicyCategory": f"{_RETURNS}MerchantReturnNotPermitted"}
    return {
        **policy,
        "returnPolicyCategory": f"{_RETURNS}MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": 7,
        "returnMethod": f"{_RETURNS}ReturnByMail",
        "returnFees": f"{_RETURNS}ReturnFeesCustomerResponsibility",
    }


def _review(one: ShownReview) -> Facts:
    return {
        "@type": "Review",
        "author": {"@type": "Person", "name": one.shown_name or _("A buyer")},
        "datePublished": shanghai_date(one.written_at).isoformat(),
        "reviewBody": one.text or None,
        "reviewRating": {"@type": "Rating", "ratingValue": one.stars, "bestRating": 5, "worstRating": 1},
    }
