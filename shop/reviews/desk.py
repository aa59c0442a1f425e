"""Reviews as their authors find them on an order, as the team works through them, and as villages read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import Product, ProductVillage
from shop.kit.errors import NotFound
from shop.ordering.models import Order
from shop.reviews.models import Review, ReviewStatus
from shop.storage.paging import First, Page, read_first, read_page

VILLAGE_PAGE: Final = 20


@dataclass(frozen=True)
class FoundReview:
    id: int
    goods_zh: str
    goods_en: str
    stars: int
    text: str
    status: ReviewStatus
    flags: str
    with_photos: bool
    written_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class VillageReview:
    goods_zh: str
    goods_en: str
    slug: str
    stars: int
    text: str
    written_at: datetime
    answer: str


def reviews_of_order(session: Session, order_id: int) -> dict[int, Review]:
    """By product, with their photos and history. Three statements."""
    statement = (
        sa.select(Review)
        .where(Review.order_id == order_id)
        .options(selectinload(Review.photos), selectinload(Review.events))
    )
    return {review.product_id: review for review in session.scalars(statement)}


def find_reviews(
    session: Session,
    *,
    status: ReviewStatus | None = None,
    unanswered: bool = False,
    stars: int | None = None,
    q: str = "",
    page: int = 1,
) -> Page[FoundReview]:
    """What waits the oldest first, else the newest first. Two statements."""
    waits = status is ReviewStatus.WAITING
    statement = (
        sa.select(
            *(Review.id, Product.name_zh, Product.name_en, Review.stars, Review.text, Review.status),
            *(Review.flags, Review.with_photos, Review.written_at, Review.answered_at),
        )
        .join(Product, Product.id == Review.product_id)
        .order_by(Review.written_at if waits else Review.written_at.desc(), Review.id.desc())
    )
    if status is not None:
        statement = statement.where(Review.status == status)
    if unanswered:
        statement = statement.where(Review.status == ReviewStatus.PUBLISHED, Review.answered_at.is_(None))
    if stars is not None:
        statement = statement.where(Review.stars == stars)
    if q:
        named = (column.icontains(q, autoescape=True) for column in (Product.name_zh, Product.name_en))
        statement = statement.where(sa.or_(*named, Product.slug == q))
    return read_page(session, statement, number=page).map(lambda row: FoundReview(*row))


def first_waiting(session: Session, *, most: int) -> First[tuple[int, str, str, str, datetime]]:
    """Those that wait to be looked at, the oldest first: id, name in both languages, text, since when."""
    statement = (
        sa.select(Review.id, Product.name_zh, Product.name_en, Review.text, Review.changed_at)
        .join(Product, Product.id == Review.product_id)
        .where(Review.status == ReviewStatus.WAITING)
        .order_by(Review.written_at, Review.id)
    )
    return read_first(session, statement, most=most)


def read_review(session: Session, review_id: int) -> Review:
    """With all that the team sees of it. Raises NotFound."""
    of_it = (
        joinedload(Review.order).load_only(Order.number, Order.user_id),
        joinedload(Review.product),
        joinedload(Review.unit),
        selectinload(Review.photos),
        selectinload(Review.events),
    )
    review = session.scalar(sa.select(Review).where(Review.id == review_id).options(*of_it))
    if review is None:
        raise NotFound()
    return review


def reviews_of_villages(
    session: Session, village_ids: Collection[int], *, page: int = 1
) -> Page[VillageReview]:
    """What buyers say in public of goods from these villages, the newest first, with nothing of who said it."""
    from_there = sa.select(ProductVillage.product_id).where(ProductVillage.village_id.in_(village_ids))
    statement = (
        sa.select(
            *(Product.name_zh, Product.name_en, Product.slug),
            *(Review.stars, Review.text, Review.written_at, Review.answer),
        )
        .join(Product, Product.id == Review.product_id)
        .where(
            Review.status == ReviewStatus.PUBLISHED,
            sa.or_(Product.id.in_(from_there), Product.village_id.in_(village_ids)),
        )
        .order_by(Review.written_at.desc(), Review.id.desc())
    )
    found = read_page(session, statement, number=page, size=VILLAGE_PAGE)
    return found.map(lambda row: VillageReview(*row))


def unreviewed(session: Session, order_id: int, product_ids: Sequence[int]) -> list[int]:
    """Those of an order's products that its buyer has said nothing of."""
    said = set(session.scalars(sa.select(Review.product_id).where(Review.order_id == order_id)))
    return [product_id for product_id in dict.fromkeys(product_ids) if product_id not in said]
