"""What becomes of somebody's reviews when their account is erased: they go, or stay without a name, as they choose."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.reviews.counting import recount
from shop.reviews.models import Review, ReviewStatus, ShownAs


def forget_author(session: Session, user_id: int, *, keep_texts: bool, now: datetime) -> list[str]:
    """Photos go in any case, and so does the history of what was said; returns the photos' names in the store.

    Kept, a text and its stars stand there without a name. Else the text is empty, and the review counts as withdrawn.
    Safe to repeat.
    """
    return forget_reviews(session, Review.user_id == user_id, keep_texts=keep_texts, now=now)


def forget_reviews(
    session: Session, which: sa.ColumnElement[bool], *, keep_texts: bool, now: datetime
) -> list[str]:
    """As `forget_author`, also for guests' reviews, which hang on their order alone."""
    statement = (
        sa.select(Review)
        .where(which)
        .options(selectinload(Review.photos), selectinload(Review.events))
        .order_by(Review.id)
    )
    gone: list[str] = []
    for review in session.scalars(statement):
        gone += [photo.key for photo in review.photos]
        _forget(session, review, keep_text=keep_texts)
    return gone


def _forget(session: Session, review: Review, *, keep_text: bool) -> None:
    before = (review.status, review.stars)
    review.photos.clear()
    review.with_photos = False
    review.user_id = review.unit_id = None
    review.shown_as, review.shown_name = ShownAs.NOBODY, ""
    for event in review.events:
        event.facts = {
            name: fact for name, fact in event.facts.items() if name not in {"text", "words", "before"}
        }
    if not keep_text:
        review.text = review.flags = review.hidden_words = review.answer = ""
        review.answered_at = None
        review.status, review.hidden_reason = ReviewStatus.WITHDRAWN, None
    recount(session, review.product_id, before, (review.status, review.stars))
