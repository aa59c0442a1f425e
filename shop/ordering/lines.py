"""What a buyer is about to order, read in one statement: goods, prices as of now, and what gift boxes are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import (
    BundleItem,
    PackingPlace,
    PackingPlaceKind,
    Product,
    ProductStatus,
    Seller,
    StockState,
    Variant,
    VariantTax,
)
from shop.inventory.allocation import Demand
from shop.kit.errors import NotFound
from shop.ordering.basket import OWN_BASKET, BasketOwner
from shop.ordering.counting import COUNTS, WINDOW
from shop.ordering.coupons.models import BasketCoupon
from shop.ordering.models import BasketItem, Order, OrderLine
from shop.storage.types import UtcDateTime

_NOW: Final = sa.bindparam("now", type_=UtcDateTime)
_HALF: Final = 8  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Part:
    """So many units of one variant in each unit of a line: a gift box has several, anything else itself."""

    variant_id: int
    units: int
    price_fen: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line before it is ordered. `seller_name` is the legal one; `hub_id` is where gift boxes are packed.

    `bought`: units that the buyer's earlier orders take from the limit, as far as they were asked for.
    """

    number: int
    variant_id: int
    product_id: int
    seller_id: int
    seller_name: str
    sku: str
    slug: str
    product_name_zh: str
    product_name_en: str
    variant_name_zh: str
    variant_name_en: str
    family: str
    quantity: int
    unit_price_fen: int
    net_weight_g: int
    gross_weight_g: int
    tax_code: str
    tax_rate_bp: int
    tax_exempt: bool
    limit_per_buyer: int | None
    return_exempt: bool
    ready_hours: int
    for_sale: bool
    stock_state: StockState
    is_bundle: bool
    parts: tuple[Part, ...]
    hub_id: int | None
    bought: int = 0
    former_fen: int | None = None  # before a price for a time, which ends at `price_until`
    price_until: datetime | None = None
    has_coupons: bool = False  # some lie in its basket

    @property
    def line_fen(self) -> int:
        return self.unit_price_fen * self.quantity

    @property
    def weight_g(self) -> int:
        return self.gross_weight_g * self.quantity

    def demands(self) -> list[Demand]:
        place = self.hub_id if self.is_bundle else None
        return [
            Demand(self.number, part.variant_id, part.units * self.quantity, place) for part in self.parts
        ]


def basket_lines(
    session: Session, owner: BasketOwner, *, now: datetime, with_bought: bool = False
) -> list[Line]:
    """The lines of the owner's basket, in the order in which they were put in, at the prices of `now`. One statement.

    `with_bought`: they also know what an account has had of each. What was ordered for its telephone
    without signing in counts at checkout, and is not told before: whoever types somebody's telephone would read it.
    """
    asked: dict[str, Any] = {**owner.named, "now": now}
    if with_bought:
        asked["since"] = now - WINDOW
    grouped = _by_variant(session.execute(_LINES_AND_BOUGHT if with_bought else _LINES, asked))
    return [
        _line(
            number,
            rows,
            rows[0].quantity,
            bought=rows[0].bought,
            has_coupons=bool(rows[0].has_coupons),
        )
        for number, rows in enumerate(grouped.values())
    ]


def asked_lines(session: Session, units: Mapping[int, int], *, now: datetime) -> list[Line]:
    """Lines of so many units of each variant by its id, in that order, at the prices of `now`. One statement.

    Raises NotFound for a variant that is none.
    """
    grouped = _by_variant(session.execute(_OF_VARIANTS, {"variant_ids": sorted(units), "now": now}))
    if grouped.keys() != units.keys():
        raise NotFound()
    return [_line(number, grouped[one], units[one]) for number, one in enumerate(units)]


def _by_variant(rows: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.id, []).append(row)
    return grouped


def basket_sellers(session: Session, owner: BasketOwner) -> set[int]:
    """The ids of those whose goods lie in the owner's basket."""
    return set(session.scalars(_SELLERS, owner.named))


def variants_of(lines: Iterable[Line]) -> set[int]:
    """Every variant that lots must be found of."""
    return {part.variant_id for line in lines for part in line.parts}


def goods_digest(lines: Sequence[Line], coupons: Sequence[str] = ()) -> str:
    """What the buyer saw, compared with what would be ordered: goods, quantities and prices in the first 32 bits,
    coupons in the others, so that what has changed can be said.
    """
    goods = [f"{line.sku} {line.quantity} {line.unit_price_fen}" for line in lines]
    return _half_digest(goods) + _half_digest(coupons)


def shows_goods(digest: str, lines: Sequence[Line]) -> bool:
    """Whether the goods of a digest are these, whatever coupons it was made with."""
    return digest[:_HALF] == goods_digest(lines)[:_HALF]


def _half_digest(told: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(told)).encode()).hexdigest()[:_HALF]


def taxed_by_seller() -> sa.ColumnElement[bool]:
    """SQL: what the product's seller has the pack taxed at, if that is said."""
    return sa.and_(VariantTax.variant_id == Variant.id, VariantTax.seller_id == Product.seller_id)


def _price_of(variant: Any) -> sa.ColumnElement[int]:
    """SQL: what a pack costs at `now`, also where a price for a time is over and not put back yet."""
    return sa.case((variant.price_until <= _NOW, variant.former_fen), else_=variant.price_fen)


def _while_lowered(column: Any) -> sa.ColumnElement[Any]:
    return sa.case((Variant.price_until > _NOW, column)).label(column.key)


_HAS_COUPONS: Final = sa.exists().where(BasketCoupon.basket_id == OWN_BASKET)


def _goods() -> sa.Select[*tuple[Any, ...]]:
    """A row for each pack that is sold, or for each part of a gift box."""
    component = aliased(Variant)
    hub = sa.select(sa.func.min(PackingPlace.id)).where(PackingPlace.kind == PackingPlaceKind.HUB)
    return (
        sa.select(
            *(
                Variant.id,
                Variant.sku,
                Variant.name_zh,
                Variant.name_en,
                _price_of(Variant).label("price_fen"),
            ),
            *(_while_lowered(Variant.former_fen), _while_lowered(Variant.price_until)),
            *(Variant.net_weight_g, Variant.gross_weight_g, Variant.tax_code),
            sa.func.coalesce(VariantTax.tax_rate_bp, Variant.tax_rate_bp).label("tax_rate_bp"),
            sa.func.coalesce(VariantTax.tax_exempt, sa.false()).label("tax_exempt"),
            *(Variant.limit_per_buyer, Variant.active, Variant.stock_state, Variant.product_id),
            Seller.legal_name.label("seller_name"),
            *(Product.seller_id, Product.slug, Product.family, Product.status, Product.return_exempt),
            Product.ready_hours,
            Product.name_zh.label("product_name_zh"),
            Product.name_en.label("product_name_en"),
            *(BundleItem.component_id, BundleItem.units),
            _price_of(component).label("component_price_fen"),
            hub.scalar_subquery().label("hub_id"),
        )
        .select_from(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .outerjoin(VariantTax, taxed_by_seller())
        .outerjoin(BundleItem, BundleItem.bundle_id == Variant.id)
        .outerjoin(component, component.id == BundleItem.component_id)
    )


_IN_BASKET: Final = (
    _goods()
    .join(BasketItem, BasketItem.variant_id == Variant.id)
    .where(BasketItem.basket_id == OWN_BASKET)
    .add_columns(BasketItem.quantity, _HAS_COUPONS.label("has_coupons"))
    .order_by(BasketItem.id, BundleItem.component_id)
)
_OF_VARIANTS: Final = (
    _goods()
    .where(Variant.id.in_(sa.bindparam("variant_ids", expanding=True)))
    .order_by(Variant.id, BundleItem.component_id)
)
_BOUGHT: Final = (
    sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0))
    .join(Order, Order.id == OrderLine.order_id)
    .where(Order.user_id == sa.bindparam("owner_id"), OrderLine.variant_id == Variant.id, COUNTS)
    .scalar_subquery()
)
_LINES: Final = _IN_BASKET.add_columns(sa.literal(0).label("bought"))
_LINES_AND_BOUGHT: Final = _IN_BASKET.add_columns(_BOUGHT.label("bought"))
_SELLERS: Final = (
    sa.select(Product.seller_id)
    .join(Variant, Variant.product_id == Product.id)
    .join(BasketItem, BasketItem.variant_id == Variant.id)
    .where(BasketItem.basket_id == OWN_BASKET)
)


def _line(
    number: int, rows: Sequence[Any], quantity: int, *, bought: int = 0, has_coupons: bool = False
) -> Line:
    row = rows[0]
    is_bundle = row.component_id is not None
    parts = tuple(Part(each.component_id, each.units, each.component_price_fen) for each in rows)
    return Line(
        number=number,
        variant_id=row.id,
        product_id=row.product_id,
        seller_id=row.seller_id,
        seller_name=row.seller_name,
        sku=row.sku,
        slug=row.slug,
        product_name_zh=row.product_name_zh,
        product_name_en=row.product_name_en,
        variant_name_zh=row.name_zh,
        variant_name_en=row.name_en,
        family=row.family,
        quantity=quantity,
        unit_price_fen=row.price_fen,
        net_weight_g=row.net_weight_g,
        gross_weight_g=row.gross_weight_g,
        tax_code=row.tax_code,
        tax_rate_bp=row.tax_rate_bp,
        tax_exempt=bool(row.tax_exempt),
        limit_per_buyer=row.limit_per_buyer,
        return_exempt=row.return_exempt,
        ready_hours=row.ready_hours,
        for_sale=row.active and row.status == ProductStatus.PUBLISHED,
        stock_state=row.stock_state,
        is_bundle=is_bundle,
        parts=parts if is_bundle else (Part(row.id, 1, row.price_fen),),
        hub_id=row.hub_id,
        bought=bought,
        former_fen=row.former_fen,
        price_until=row.price_until,
        has_coupons=has_coupons,
    )
