"""Somebody's own reviews, whoever their orders stand with today: read, and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Product
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.ordering.own_orders import acted_on_by
from shop.reviews.models import HiddenReason, Review, ReviewPhoto, ReviewStatus
from shop.reviews.writing import withdraw_review
from shop.storage.paging import Page, read_page

PAGE = 20


@dataclass(frozen=True)
class Authored:
    id: int
    goods_zh: str
    goods_en: str
    slug: str
    stars: int
    text: str
    status: ReviewStatus
    hidden_reason: HiddenReason | None
    hidden_words: str
    answer: str
    written_at: datetime
    photos: int
    order_number: str | None  # where it can be changed; None once the order is another's to act on


def own_reviews(session: Session, user_id: int, *, page: int) -> Page[Authored]:
    """The newest first, of orders of organisations that they have left as well. Two statements."""
    photos = (
        sa.select(sa.func.count())
        .where(ReviewPhoto.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *(Review.id, Product.name_zh, Product.name_en, Product.slug, Review.stars, Review.text),
            *(Review.status, Review.hidden_reason, Review.hidden_words, Review.answer, Review.written_at),
            *(photos, sa.case((acted_on_by(user_id), Order.number))),
        )
        .join(Order, Order.id == Review.order_id)
        .join(Product, Product.id == Review.product_id)
        .where(_written_by(user_id))
        .order_by(Review.written_at.desc(), Review.id.desc())
    )
    found = read_page(session, statement, number=page, size=PAGE)
    return found.map(lambda row: Authored(*row))


def withdraw_own(session: Session, review_id: int, *, user_id: int, now: datetime) -> None:
    """Its author takes it back, without the order. Raises NotFound, also for another's. Safe to repeat."""
    mine = (
        sa.select(Review.order_id, Review.product_id)
        .join(Order, Order.id == Review.order_id)
        .where(Review.id == review_id, _written_by(user_id))
    )
    row = session.execute(mine).one_or_none()
    if row is None:
        raise NotFound()
    withdraw_review(session, row.order_id, row.product_id, now=now, actor_id=user_id)


def _written_by(user_id: int) -> sa.ColumnElement[bool]:
    """SQL, beside its order: also what they wrote as a guest, of an order that they took into their account."""
    as_guest = sa.and_(Review.user_id.is_(None), Order.user_id == user_id)
    return sa.or_(Review.user_id == user_id, as_guest)
