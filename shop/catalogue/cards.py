"""Products as lists show them: columns, not entities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState, Product, ProductPicture, StockState, Variant, Village
from shop.catalogue.picture_names import Picture


@dataclass(frozen=True, slots=True)
class Card:
    """One product in a list, with the variant that its add button puts into the basket."""

    id: int
    slug: str
    name_zh: str
    name_en: str
    family: str
    village_name_zh: str | None
    village_name_en: str | None
    stock_state: StockState
    sold_units: int
    season_mask: int
    picture_key: str | None
    sku: str
    variant_name_zh: str
    variant_name_en: str
    price_fen: int
    net_weight_g: int

    @property
    def picture(self) -> Picture | None:
        return Picture(self.picture_key) if self.picture_key else None


def _first_variant() -> sa.ScalarSelect[int]:
    """The cheapest variant that can be bought, else the cheapest."""
    sold_out = sa.case((Variant.stock_state == StockState.SOLD_OUT, 1), else_=0)
    return (
        sa.select(Variant.id)
        .where(Variant.product_id == Product.id, Variant.active)
        .order_by(sold_out, Variant.price_fen, Variant.id)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )


def _first_picture() -> sa.ScalarSelect[str]:
    return (
        sa.select(ProductPicture.key)
        .where(ProductPicture.product_id == Product.id, ProductPicture.state == PictureState.READY)
        .order_by(ProductPicture.position, ProductPicture.id)
        .limit(1)
        .correlate(Product)
        .scalar_subquery()
    )


def cards_of(products: sa.Subquery) -> sa.Select[*tuple[Any, ...]]:
    """The cards of the products whose `product_id` a subquery gives; the caller sets the order."""
    first_variant = Variant.__table__.alias("first_variant").c
    return (
        sa.select(
            *(Product.id, Product.slug, Product.name_zh, Product.name_en, Product.family),
            *(Village.name_zh, Village.name_en),
            *(Product.stock_state, Product.sold_units, Product.season_mask),
            _first_picture(),
            *(first_variant.sku, first_variant.name_zh, first_variant.name_en),
            *(first_variant.price_fen, first_variant.net_weight_g),
        )
        .select_from(products)
        .join(Product, Product.id == products.c.product_id)
        .join(first_variant.id.table, first_variant.id == _first_variant())
        .outerjoin(Village, Village.id == Product.village_id)
    )


def read_cards(session: Session, statement: sa.Select[Any]) -> list[Card]:
    return [Card(*row) for row in session.execute(statement)]


def cards_in_order(session: Session, product_ids: list[int]) -> list[Card]:
    """The cards of these published products, in the order of their ids in the list."""
    chosen = sa.select(Product.id.label("product_id")).where(Product.id.in_(product_ids)).subquery()
    cards = {card.id: card for card in read_cards(session, cards_of(chosen))}
    return [cards[product_id] for product_id in product_ids if product_id in cards]
