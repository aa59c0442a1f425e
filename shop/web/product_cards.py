"""Product cards as HTML, each made once: a card is drawn from nothing but what it holds."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from markupsafe import Markup

from shop.catalogue.cards import Card
from shop.web.phrases import language

CARDS_KEPT = 2_048


def register(app: Flask) -> None:
    """Give templates the filter `card_html`: the macro `product_card` of a `Card`."""

    @lru_cache(maxsize=CARDS_KEPT)
    def draw(card: Card, _language: str) -> Markup:
        macro = app.jinja_env.get_template("components/product.html").module.product_card  # type: ignore[attr-defined]
        drawn: Markup = macro(card)
        return drawn

    def card_html(card: Card) -> Markup:
        return draw(card, language())

    app.jinja_env.filters["card_html"] = card_html
