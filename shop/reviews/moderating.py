"""What the shop does with reviews: it shows, hides with a reason, shows again and answers. Each is written down."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.audit import audit
from shop.catalogue.models import PictureState
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy_lines
from shop.ordering.locking import lock_order
from shop.reviews.counting import recount
from shop.reviews.errors import OwnReview, PhotosComing, ReviewMovedOn
from shop.reviews.events import ReviewAnswered, ReviewHidden
from shop.reviews.models import HiddenReason, Review, ReviewEvent, ReviewStatus
from shop.storage.event_log import record

LONGEST_WORDS: Final = 300
LONGEST_ANSWER: Final = 1000


def version_of(review: Review) -> str:
    """What somebody of the team has in front of them, with its events and photos: it goes on with each change by its
    author or the team, and with each photo that becomes ready to be looked at.
    """
    ready = sum(photo.state is PictureState.READY for photo in review.photos)
    return f"{max((event.id for event in review.events), default=0)}.{ready}"


def publish_review(
    session: Session, review_id: int, *, seen: str | None = None, actor_id: int, now: datetime
) -> None:
    """Show what waited, or what was hidden: in the version that was `seen`, so that nothing is shown at which nobody
    looked. Raises NotFound, OwnReview, ReviewMovedOn, PhotosComing. Safe to repeat.
    """
    review = _locked(session, review_id, actor_id)
    if review.status is ReviewStatus.PUBLISHED:
        return
    _demand_seen(review, seen)
    if review.status is ReviewStatus.WITHDRAWN:
        raise ReviewMovedOn()
    if any(photo.state is PictureState.PROCESSING for photo in review.photos):
        raise PhotosComing()
    kind = "restored" if review.status is ReviewStatus.HIDDEN else "published"
    before = (review.status, review.stars)
    review.status, review.hidden_reason, review.hidden_words = ReviewStatus.PUBLISHED, None, ""
    _note(session, review, kind, actor_id, now)
    recount(session, review.product_id, before, (review.status, review.stars))


def hide_review(
    session: Session,
    review_id: int,
    reason: HiddenReason | None,
    words: str,
    *,
    seen: str | None = None,
    actor_id: int,
    now: datetime,
) -> None:
    """Nobody reads it any more; that it is hidden, and why, stays said on the product's page, and its author is told.

    Raises NotFound, OwnReview, ReviewMovedOn or InvalidInput. Safe to repeat.
    """
    told = tidy_lines(words)
    if reason is None:
        raise InvalidInput(msg("Please say why it is hidden."), field="reason")
    if len(told) > LONGEST_WORDS:
        raise InvalidInput(msg("At most %(longest)s characters."), field="words", longest=LONGEST_WORDS)
    review = _locked(session, review_id, actor_id)
    if review.status is ReviewStatus.HIDDEN and (review.hidden_reason, review.hidden_words) == (reason, told):
        return
    _demand_seen(review, seen)
    if review.status is ReviewStatus.WITHDRAWN:
        raise ReviewMovedOn()
    before = (review.status, review.stars)
    review.status, review.hidden_reason, review.hidden_words = ReviewStatus.HIDDEN, reason, told
    _note(session, review, "hidden", actor_id, now, reason=reason, words=told)
    record(session, ReviewHidden(review.id, review.order_id))
    recount(session, review.product_id, before, (review.status, review.stars))


def answer_review(
    session: Session, review_id: int, words: str, *, seen: str | None = None, actor_id: int, now: datetime
) -> None:
    """Answer in public, once; answering again changes the answer, and what it said before stays in the history.

    Raises NotFound, OwnReview, ReviewMovedOn or InvalidInput.
    """
    said = tidy_lines(words)
    if not said:
        raise InvalidInput(msg("Please write an answer."), field="answer")
    if len(said) > LONGEST_ANSWER:
        raise InvalidInput(msg("At most %(longest)s characters."), field="answer", longest=LONGEST_ANSWER)
    review = _locked(session, review_id, actor_id)
    if review.status is ReviewStatus.PUBLISHED and review.answer == said:
        return
    _demand_seen(review, seen)
    if review.status is not ReviewStatus.PUBLISHED:
        raise ReviewMovedOn()
    is_first = review.answered_at is None
    _note(
        session,
        review,
        "answered" if is_first else "answer_changed",
        actor_id,
        now,
        **({} if is_first else {"before": review.answer}),
    )
    review.answer, review.answered_at = said, now
    if is_first:
        record(session, ReviewAnswered(review.id, review.order_id))
    recount(session, review.product_id, (review.status, review.stars), (review.status, review.stars))


def _locked(session: Session, review_id: int, actor_id: int) -> Review:
    """Behind its order's lock, as its author writes. Raises NotFound, OwnReview."""
    order_id = session.scalar(sa.select(Review.order_id).where(Review.id == review_id))
    if order_id is None:
        raise NotFound()
    lock_order(session, order_id)
    of_it = (selectinload(Review.photos), selectinload(Review.events))
    review = session.get_one(Review, review_id, options=of_it, populate_existing=True)
    if review.user_id is not None and review.user_id == actor_id:
        raise OwnReview()
    return review


def _demand_seen(review: Review, seen: str | None) -> None:
    """None is nobody at a page. Raises ReviewMovedOn."""
    if seen is not None and seen != version_of(review):
        raise ReviewMovedOn()


def _note(session: Session, review: Review, kind: str, actor_id: int, now: datetime, **facts: Any) -> None:
    """In its own history, where words stand, and in the audit trail, where only the reason does."""
    session.add(ReviewEvent(review_id=review.id, at=now, kind=kind, actor_id=actor_id, facts=facts))
    plain = {name: value for name, value in facts.items() if name == "reason"}
    audit(session, actor_id, f"review.{kind}", "review", review.id, plain, now=now)
