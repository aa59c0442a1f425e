"""Reviews are counted as they stand, and each is of goods that its order has."""

from __future__ import annotations

import sqlalchemy as sa

from shop.catalogue.models import Product
from shop.check.rule import or_nothing, rule
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.reviews.models import Review, ReviewStatus

_shown = Review.status == ReviewStatus.PUBLISHED
_KINDS = {
    **{f"stars_{stars}": sa.and_(_shown, Review.stars == stars) for stars in range(1, 6)},
    "hidden_reviews": Review.status == ReviewStatus.HIDDEN,
}
_found = (
    sa.select(
        Review.product_id,
        *(sa.func.sum(sa.case((which, 1), else_=0)).label(name) for name, which in _KINDS.items()),
    )
    .group_by(Review.product_id)
    .subquery()
)
_says = {name: Product.__table__.c[name] for name in _KINDS}
_has_it = sa.exists().where(OrderLine.order_id == Review.order_id, OrderLine.product_id == Review.product_id)

RULES = (
    rule(
        "product: reviews are counted as they stand",
        sa.select(
            Product.slug,
            *(column.label(f"says_{name}") for name, column in _says.items()),
            *(or_nothing(_found.c[name]).label(f"found_{name}") for name in _KINDS),
        )
        .outerjoin(_found, _found.c.product_id == Product.id)
        .where(sa.or_(*(column != or_nothing(_found.c[name]) for name, column in _says.items()))),
        "product {slug}",
        ", ".join(f"{name}: says {{says_{name}}}, found {{found_{name}}}" for name in _KINDS),
    ),
    rule(
        "review: its order has the goods and was not called off",
        sa.select(Review.id, Order.number, Order.status)
        .join(Order, Order.id == Review.order_id)
        .where(sa.or_(~_has_it, Order.status == OrderStatus.CANCELLED)),
        "review {id}",
        "order {number} is {status}, or has no such goods",
    ),
)
