"""Import each screen's module here: its views hang themselves on the blueprint."""

from shop.web.storefront import (
    cart,
    checkout,
    divisions,
    goods,
    home,
    impact,
    media,
    pages,
    payments,
    product,
    stock,
    suggest,
    trace,
    villages,
    visitor,
    webhooks,
)
from shop.web.storefront.blueprint import storefront as blueprint

__all__ = [
    "blueprint",
    "cart",
    "checkout",
    "divisions",
    "goods",
    "home",
    "impact",
    "media",
    "pages",
    "payments",
    "product",
    "stock",
    "suggest",
    "trace",
    "villages",
    "visitor",
    "webhooks",
]
