"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.storefront import (
    goods,
    home,
    impact,
    media,
    pages,
    product,
    stock,
    suggest,
    trace,
    villages,
    webhooks,
)
from shop.web.storefront.blueprint import storefront as blueprint

__all__ = [
    "blueprint",
    "goods",
    "home",
    "impact",
    "media",
    "pages",
    "product",
    "stock",
    "suggest",
    "trace",
    "villages",
    "webhooks",
]
