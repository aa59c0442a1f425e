"""A review of each side's completed order, one of them with a photo, as their buyers would have written it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState
from shop.ordering.models import OrderLine
from shop.reviews.models import ReviewPhoto, ShownAs
from shop.reviews.writing import Said, write_review


def plant_reviews(session: Session, world: Any, now: datetime) -> dict[str, Any]:
    """The review of side a, and what an address names of both."""
    found: dict[str, Any] = {}
    for key in ("b", "a"):
        order_id = world.orders[key]["completed"].id
        line = sa.select(OrderLine.product_id).where(OrderLine.order_id == order_id).limit(1)
        product_id = session.scalars(line).one()
        said = Said(4, "炒得很香", ShownAs.SURNAME)
        written = write_review(session, order_id, product_id, said, received_at=now, now=now)
        found |= {
            f"reviewed_{key}": product_id,
            f"review_{key}": written.review_id,
            "review": written.review_id,
        }
    photo = ReviewPhoto(review_id=found["review"], key="0" * 32, state=PictureState.READY, created_at=now)
    session.add(photo)
    session.flush()
    return found | {"review_photo": photo.id}
