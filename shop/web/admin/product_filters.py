"""What the list of products is filtered by; its tables and what is changed of many at once follow the same."""

from __future__ import annotations

from typing import Final

from flask_babel import gettext
from sqlalchemy.orm import Session

from shop.catalogue.desk import all_of
from shop.catalogue.models import Category, ProductStatus, Seller, StockState, Village
from shop.catalogue.product_desk import ProductFilter
from shop.kit.text import msg
from shop.web.admin.listing import Asked, Filter
from shop.web.admin.words import LOW, options, status_options

RUNNING_OUT: Final = (StockState.FEW_LEFT, StockState.SOLD_OUT)
LOW_PACK: Final = "low-pack"


def _stock_options(_session: Session) -> list[tuple[str, str]]:
    return [
        *status_options("stock"),
        (LOW, gettext("Few are left, or none")),
        (LOW_PACK, gettext("A pack runs out")),
    ]


PRODUCT_FILTERS: Final = (
    Filter("q", msg("Name of the goods or SKU")),
    Filter("status", msg("State"), "select", lambda _session: status_options("product")),
    Filter("stock", msg("Stock"), "select", _stock_options),
    Filter("photos", msg("Photos"), "select", lambda _session: [("refused", gettext("One was refused"))]),
    Filter("category", msg("Category"), "select", lambda session: options(all_of(session, Category))),
    Filter("seller", msg("Seller"), "select", lambda session: options(all_of(session, Seller))),
    Filter("village", msg("Main origin"), "select", lambda session: options(all_of(session, Village))),
)


def product_filter(wanted: Asked) -> ProductFilter:
    """Values that cannot be are as good as absent."""
    status, stock = wanted.text("status"), wanted.text("stock")
    return ProductFilter(
        q=wanted.text("q"),
        status=ProductStatus(status) if status in set(ProductStatus) else None,
        category_id=wanted.number("category"),
        seller_id=wanted.number("seller"),
        village_id=wanted.number("village"),
        stock=RUNNING_OUT if stock == LOW else [StockState(stock)] if stock in set(StockState) else (),
        photo_refused=wanted.text("photos") == "refused",
        low_pack=stock == LOW_PACK,
    )
