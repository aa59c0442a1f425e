"""Products as lists show them: columns, not entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.facets import Facet
from shop.catalogue.models import (
    PictureState,
    Product,
    ProductPicture,
    ProductVillage,
    StockState,
    Variant,
    Village,
)
from shop.catalogue.picture_names import Picture
from shop.catalogue.rating import mean_stars


class Card(NamedTuple):
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
    star_sum: int = 0  # of all published reviews
    reviews: int = 0
    among_villages: bool = False  # the village named is one of several
    former_fen: int | None = None  # before a price for a time
    price_until: datetime | None = None
    expected_on: date | None = None  # it can only be pre-ordered: the day of its harvest, which faces add

    def seen_from(self, village: Facet) -> Card:
        """As a list of this village shows it: goods that are mainly another's come from here too."""
        if self.village_name_zh == village.name_zh:
            return self
        return self._replace(
            village_name_zh=village.name_zh, village_name_en=village.name_en, among_villages=True
        )

    @property
    def mean_stars(self) -> str | None:
        """One decimal; None where nobody has said anything yet."""
        return mean_stars(self.star_sum, self.reviews)

    @property
    def picture(self) -> Picture | None:
        return Picture(self.picture_key) if self.picture_key else None


# Tables and not entities, and made once: what is the same for every list is not built for every list.
_PRODUCT: Final = Product.__table__.c
_ALSO: Final = ProductVillage.__table__.c
_VARIANT: Final = Variant.__table__.c
_VILLAGE: Final = Village.__table__.c
_PICTURE: Final = ProductPicture.__table__.c
_FIRST: Final = Variant.__table__.alias("first_variant").c

# The cheapest variant that can be bought, else the cheapest.
_FIRST_VARIANT: Final = (
    sa.select(_VARIANT.id)
    .where(_VARIANT.product_id == _PRODUCT.id, _VARIANT.active)
    .order_by(
        sa.case((_VARIANT.stock_state == StockState.SOLD_OUT, 1), else_=0), _VARIANT.price_fen, _VARIANT.id
    )
    .limit(1)
    .correlate(Product.__table__)
    .scalar_subquery()
)
_STARS: Final = tuple(_PRODUCT[f"stars_{stars}"] for stars in range(1, 6))
_REVIEWS: Final = sum(_STARS[1:], _STARS[0])
_STAR_SUM: Final = sum((_STARS[place] * (place + 1) for place in range(1, 5)), _STARS[0])
_FROM_OTHERS: Final = sa.exists(
    sa.select(_ALSO.village_id)
    .where(_ALSO.product_id == _PRODUCT.id, _ALSO.village_id != _PRODUCT.village_id)
    .correlate(Product.__table__)
)
_FIRST_PICTURE: Final = (
    sa.select(_PICTURE.key)
    .where(_PICTURE.product_id == _PRODUCT.id, _PICTURE.state == PictureState.READY)
    .order_by(_PICTURE.position, _PICTURE.id)
    .limit(1)
    .correlate(Product.__table__)
    .scalar_subquery()
)


def cards_of(products: sa.Subquery) -> sa.Select[*tuple[Any, ...]]:
    """The cards of the products whose `product_id` a subquery gives; the caller sets the order."""
    return (
        sa.select(
            *(_PRODUCT.id, _PRODUCT.slug, _PRODUCT.name_zh, _PRODUCT.name_en, _PRODUCT.family),
            *(_VILLAGE.name_zh, _VILLAGE.name_en),
            *(_PRODUCT.stock_state, _PRODUCT.sold_units, _PRODUCT.season_mask),
            _FIRST_PICTURE,
            *(_FIRST.sku, _FIRST.name_zh, _FIRST.name_en, _FIRST.price_fen, _FIRST.net_weight_g),
            *(_STAR_SUM, _REVIEWS),
            *(_FROM_OTHERS, _FIRST.former_fen, _FIRST.price_until),
        )
        .select_from(products)
        .join(Product.__table__, _PRODUCT.id == products.c.product_id)
        .join(_FIRST.id.table, _FIRST.id == _FIRST_VARIANT)
        .outerjoin(Village.__table__, _VILLAGE.id == _PRODUCT.village_id)
    )


_CHOSEN: Final = cards_of(
    sa.select(_PRODUCT.id.label("product_id"))
    .where(_PRODUCT.id.in_(sa.bindparam("product_ids", expanding=True)))
    .subquery()
)


def read_cards(
    session: Session, statement: sa.Select[*tuple[Any, ...]], parameters: Mapping[str, Any] | None = None
) -> list[Card]:
    return [Card(*row) for row in session.execute(statement, dict(parameters or {}))]


def cards_in_order(session: Session, product_ids: Sequence[int]) -> list[Card]:
    """The cards of these published products, in the order of their ids."""
    cards = {card.id: card for card in read_cards(session, _CHOSEN, {"product_ids": list(product_ids)})}
    return [cards[product_id] for product_id in product_ids if product_id in cards]
