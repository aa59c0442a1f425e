"""Sending a product to somebody: its address, a code to hold a phone to, and a poster that the phone itself draws."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _

from shop.catalogue.product_page import read_product_page
from shop.kit.clock import utc_now
from shop.web.canonical import absolute
from shop.web.database import read_session
from shop.web.filters import bilingual
from shop.web.public import public_page
from shop.web.qr import qr_code
from shop.web.shop_settings import catalogue_version
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.structured import drawing, share_picture


@storefront.get("/products/<slug>/share")
@public_page(version=catalogue_version)
def share(slug: str) -> str:
    page = read_product_page(read_session(), slug, now=utc_now())
    link = absolute(f"/products/{page.product.slug}")
    name = bilingual(page.product, "name")
    return render_template(
        "storefront/share.html",
        shown=page,
        product=page.product,
        pack=page.pack(request.args.get("sku")),
        link=link,
        code=qr_code(link, _("Code that leads to %(name)s", name=name)),
        picture=share_picture(page) if page.pictures else drawing(page.product.family),
    )
