"""Reviews as everybody reads them: the newest on a product's page, all of them in pages, and what is not shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.catalogue.models import PictureState, Product
from shop.catalogue.product_facts import ProductPage
from shop.catalogue.product_statements import PRODUCT
from shop.ordering.models import OrderLine
from shop.reviews.models import HiddenReason, Review, ReviewPhoto, ReviewStatus, ShownAs
from shop.storage.expressions import moment_in_json, rows_as_json
from shop.storage.paging import Page, read_page

FIRST: Final = 3
PAGE_SIZE: Final = 10


class ReviewSort(StrEnum):
    NEWEST = "newest"
    LOWEST = "lowest"


class ShownReview(NamedTuple):
    id: int
    stars: int
    text: str
    shown_as: ShownAs
    shown_name: str
    unit_name_zh: str | None
    unit_name_en: str | None
    written_at: datetime
    changed_at: datetime
    answer: str
    answered_at: datetime | None
    pack_name_zh: str | None
    pack_name_en: str | None
    keys: str | None

    @property
    def photos(self) -> list[str]:
        return sorted(self.keys.split(",")) if self.keys else []


@dataclass(frozen=True)
class NotShown:
    """What is not shown of a product's reviews: hidden by reason, and withdrawn by their authors."""

    hidden: Mapping[HiddenReason, int]
    withdrawn: int

    @property
    def hidden_in_all(self) -> int:
        return sum(self.hidden.values())


# Tables and not entities, and made once: it stands on the product's page.
_REVIEW: Final = Review.__table__.c
_PHOTO: Final = ReviewPhoto.__table__.c
_LINE: Final = OrderLine.__table__.c
_UNIT: Final = Unit.__table__.c
_PHOTOS: Final = (
    sa.select(sa.func.aggregate_strings(_PHOTO.key, ","))
    .where(_PHOTO.review_id == _REVIEW.id, _PHOTO.state == PictureState.READY)
    .correlate(Review.__table__)
    .scalar_subquery()
)


def _unit(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    chosen = sa.select(column).where(_UNIT.id == _REVIEW.unit_id)
    return chosen.correlate(Review.__table__).scalar_subquery()


def _pack(column: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """Of the first line of the order that has the product."""
    return (
        sa.select(column)
        .where(_LINE.order_id == _REVIEW.order_id, _LINE.product_id == _REVIEW.product_id)
        .order_by(_LINE.id)
        .limit(1)
        .correlate(Review.__table__)
        .scalar_subquery()
    )


def _shown(of_product: sa.ColumnElement[Any]) -> sa.Select[*tuple[Any, ...]]:
    """The columns of `ShownReview`, in order."""
    return sa.select(
        *(_REVIEW.id, _REVIEW.stars, _REVIEW.text, _REVIEW.shown_as, _REVIEW.shown_name),
        *(_unit(_UNIT.name_zh).label("unit_zh"), _unit(_UNIT.name_en).label("unit_en")),
        *(_REVIEW.written_at, _REVIEW.changed_at, _REVIEW.answer, _REVIEW.answered_at),
        *(_pack(_LINE.variant_name_zh).label("pack_zh"), _pack(_LINE.variant_name_en).label("pack_en")),
        _PHOTOS.label("photos"),
    ).where(_REVIEW.product_id == of_product, _REVIEW.status == ReviewStatus.PUBLISHED)


_NEWEST: Final = (_REVIEW.written_at.desc(), _REVIEW.id.desc())
_GOOD: Final = Product.__table__.alias("reviewed").c
_OF_SLUG: Final = sa.select(_GOOD.id).where(_GOOD.slug == sa.bindparam("slug")).scalar_subquery()
_FEW: Final = _shown(_OF_SLUG).order_by(*_NEWEST).limit(FIRST).subquery()
# The product's page, with its newest reviews in the same statement.
WITH_REVIEWS: Final = PRODUCT.add_columns(
    sa.select(rows_as_json(*_FEW.c)).select_from(_FEW).scalar_subquery().label("beside")
)
_MOMENTS: Final = [ShownReview._fields.index(name) for name in ("written_at", "changed_at", "answered_at")]
_AS: Final = ShownReview._fields.index("shown_as")
_ORDERS: Final = {ReviewSort.NEWEST: _NEWEST, ReviewSort.LOWEST: (_REVIEW.stars, *_NEWEST)}


def newest_of(page: ProductPage) -> list[ShownReview]:
    """The first few reviews of a page that was read by `WITH_REVIEWS`."""
    read = [_read(row) for row in json.loads(page.beside or "[]")]
    return sorted(read, key=lambda row: (row.written_at, row.id), reverse=True)


def _read(row: list[Any]) -> ShownReview:
    for place in _MOMENTS:
        row[place] = moment_in_json(row[place])
    row[_AS] = ShownAs(row[_AS])
    return ShownReview._make(row)


def list_reviews(
    session: Session, product_id: int, *, stars: int | None, photos: bool, sort: ReviewSort, page: int
) -> Page[ShownReview]:
    """Two statements."""
    statement = _shown(sa.literal(product_id)).order_by(*_ORDERS[sort])
    if stars is not None:
        statement = statement.where(_REVIEW.stars == stars)
    if photos:
        statement = statement.where(_REVIEW.with_photos)
    return read_page(session, statement, number=page, size=PAGE_SIZE).map(ShownReview._make)


def not_shown(session: Session, product_id: int) -> NotShown:
    """Nothing disappears in silence: how many are not shown, and why. One statement."""
    rows = session.execute(
        sa.select(Review.status, Review.hidden_reason, sa.func.count())
        .where(
            Review.product_id == product_id,
            Review.status.in_([ReviewStatus.HIDDEN, ReviewStatus.WITHDRAWN]),
        )
        .group_by(Review.status, Review.hidden_reason)
    ).all()
    return NotShown(
        hidden={reason: count for _status, reason, count in rows if reason is not None},
        withdrawn=sum(count for status, _reason, count in rows if status is ReviewStatus.WITHDRAWN),
    )
