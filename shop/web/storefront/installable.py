"""The shop on a phone's first screen, and without a network: what was looked at, and a page that says so for the rest."""

from __future__ import annotations

from typing import Final

from flask import Response, render_template

from shop.web.installing import manifest, worker
from shop.web.language import current_language
from shop.web.public import public_page
from shop.web.publicness import public_view
from shop.web.shop_settings import current_shop_settings
from shop.web.storefront.blueprint import storefront

_SCRIPT: Final = "js/store_worker.js"
_FILES: Final = ("css/shop.css", "css/pages/errors.css", "js/theme.js", "js/shop.js", "icons.svg", "logo.svg")
# These have workers of their own, or nothing to keep.
_OTHERS: Final = ("/farm", "/village", "/point", "/api", "/sandbox")


@storefront.get("/manifest.webmanifest")
@public_view
def shop_manifest() -> Response:
    chosen, language = current_shop_settings(), current_language()
    name, short = (
        (chosen.name_zh, chosen.short_name_zh) if language == "zh" else (chosen.name_en, chosen.short_name_en)
    )
    return manifest(name, short, language="zh-CN" if language == "zh" else "en", root="/", start="/")


@storefront.get("/worker.js")
@public_view
def shop_worker() -> Response:
    """One a language: its page for what was not kept speaks it."""
    told = {"offline": f"/offline?lang={current_language()}", "others": _OTHERS, "pages": 30, "pictures": 60}
    return worker(_SCRIPT, told, named="SHOP", files=_FILES, scope="/")


@storefront.get("/offline")
@public_page
def without_network() -> str:
    return render_template("errors/offline.html")
