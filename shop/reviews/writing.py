"""A buyer says what the goods were like: once for each product of an order, and can think again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import User
from shop.accounts.setting_values import ShopSettings
from shop.accounts.shop_settings import read_shop_settings
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy_lines
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.reviews.counting import Counted, recount
from shop.reviews.errors import NotYetReceived, ReviewSettled, TooLateToReview
from shop.reviews.judging import first_status, flags_in
from shop.reviews.models import Review, ReviewEvent, ReviewPhoto, ReviewStatus, ShownAs
from shop.reviews.naming import surname

LONGEST: Final = 1000
MOST_PHOTOS: Final = 4
HIDDEN_WORDS: Final = msg(
    "These words were hidden by the shop. Please say it otherwise; somebody looks at it again."
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the form says; None where nothing usable was chosen. `photos` are names in the store."""

    stars: int | None
    text: str
    shown_as: ShownAs | None
    photos: Sequence[str] = ()
    without_photos: Collection[int] = ()  # ids of those that the author takes away
    token: str = ""  # of the form: its photos are kept once, however often it is sent


@dataclass(frozen=True, slots=True)
class Written:
    review_id: int
    status: ReviewStatus
    dropped: Sequence[str]  # names in the store of photos that are gone


def write_review(
    session: Session,
    order_id: int,
    product_id: int,
    said: Said,
    *,
    received_at: datetime | None,
    now: datetime,
    actor_id: int | None = None,
) -> Written:
    """Write a review, or change the one that there is: what it said before stays in its history. Locks the order.

    `received_at` is when the buyer had everything. The same again changes nothing. Raises NotFound for goods that are
    not in the order, NotYetReceived, TooLateToReview, ReviewSettled or InvalidInput: also for words that the shop has
    hidden. What takes their place is looked at first.
    """
    order = lock_order(session, order_id)
    settings = read_shop_settings(session)
    review = find_review(session, order_id, product_id)
    if review is not None and _is_known(review, said.token):
        said = replace(said, photos=(), token="")
    demand_reviewable(session, order, product_id, review, settings, received_at=received_at, now=now)
    stars, shown_as = judge_said(said, review)
    was_hidden = review is not None and _was_hidden(review)
    before = _counted(review)
    if review is None:
        review = Review(order_id=order_id, product_id=product_id, user_id=order.user_id, written_at=now)
        review.photos, review.events = [], []
    elif _is_same(review, said):
        return Written(review.id, review.status, ())
    elif was_hidden and _says_the_same(review, said):
        raise InvalidInput(HIDDEN_WORDS, field="text")
    else:
        _note(review, "changed", now, actor_id, said.token, **_as_it_was(review))
    dropped = _exchange_photos(review, said, now)
    review.stars, review.text, review.changed_at = stars, tidy_lines(said.text), now
    _name(session, review, shown_as, order)
    review.flags = flags_in(review.text)
    review.with_photos = bool(review.photos)
    review.hidden_reason, review.hidden_words = None, ""
    review.status = first_status(
        review.flags,
        with_photos=review.with_photos,
        look_first=bool(settings.review_all_first),
        was_hidden=was_hidden,
    )
    if before is None:
        session.add(review)
        _note(review, "written", now, actor_id, said.token, stars=stars)
    recount(session, product_id, before, (review.status, stars))
    return Written(review.id, review.status, dropped)


def withdraw_review(
    session: Session, order_id: int, product_id: int, *, now: datetime, actor_id: int | None = None
) -> None:
    """Its author takes it back: nobody reads it any more, and it is not counted. Raises NotFound. Safe to repeat."""
    lock_order(session, order_id)
    review = find_review(session, order_id, product_id)
    if review is None:
        raise NotFound()
    if review.status is ReviewStatus.WITHDRAWN:
        return
    before = (review.status, review.stars)
    review.status, review.hidden_reason, review.hidden_words = ReviewStatus.WITHDRAWN, None, ""
    _note(review, "withdrawn", now, actor_id, "")
    recount(session, product_id, before, (review.status, review.stars))


def find_review(session: Session, order_id: int, product_id: int) -> Review | None:
    """With its photos and its history."""
    return session.scalar(
        sa.select(Review)
        .where(Review.order_id == order_id, Review.product_id == product_id)
        .options(selectinload(Review.photos), selectinload(Review.events))
        .execution_options(populate_existing=True)
    )


def demand_reviewable(
    session: Session,
    order: Order,
    product_id: int,
    review: Review | None,
    settings: ShopSettings,
    *,
    received_at: datetime | None,
    now: datetime,
) -> None:
    """Raises NotFound, NotYetReceived, TooLateToReview or ReviewSettled."""
    has_it = sa.select(OrderLine.id).where(OrderLine.order_id == order.id, OrderLine.product_id == product_id)
    if session.scalar(has_it.limit(1)) is None:
        raise NotFound()
    if order.status is OrderStatus.CANCELLED or received_at is None:
        raise NotYetReceived()
    if review is None and now > received_at + timedelta(days=settings.review_within_days):
        raise TooLateToReview()
    if review is not None and not may_change(review, settings.review_change_days, now):
        raise ReviewSettled()


def may_change(review: Review, days: int, now: datetime) -> bool:
    return review.answered_at is None and now <= review.written_at + timedelta(days=days)


def judge_said(said: Said, review: Review | None) -> tuple[int, ShownAs]:
    """Raises InvalidInput with a sentence for everything that is wrong."""
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {}
    if said.stars is None or not 1 <= said.stars <= 5:
        errors["stars"] = msg("Please choose one to five stars.")
    if said.shown_as is None:
        errors["shown_as"] = msg("Please choose by what name you are shown.")
    if len(tidy_lines(said.text)) > LONGEST:
        errors["text"], facts["longest"] = msg("At most %(longest)s characters."), LONGEST
    kept = [photo for photo in review.photos if photo.id not in said.without_photos] if review else []
    if len(kept) + len(said.photos) > MOST_PHOTOS:
        errors["photo"], facts["most"] = msg("At most %(most)s photos."), MOST_PHOTOS
    if errors or said.stars is None or said.shown_as is None:
        raise InvalidInput(errors=errors, **facts)
    return said.stars, said.shown_as


def _counted(review: Review | None) -> Counted | None:
    return None if review is None else (review.status, review.stars)


def _is_same(review: Review, said: Said) -> bool:
    """Sent twice, or nothing was changed; what was withdrawn is written anew all the same."""
    stands = review.status in {ReviewStatus.PUBLISHED, ReviewStatus.WAITING}
    same_form = (review.stars, review.shown_as) == (said.stars, said.shown_as)
    return stands and same_form and not said.photos and _says_the_same(review, said)


def _says_the_same(review: Review, said: Said) -> bool:
    """Word for word, and no photo is taken away."""
    takes_away = any(photo.id in said.without_photos for photo in review.photos)
    return review.text == tidy_lines(said.text) and not takes_away


def _was_hidden(review: Review) -> bool:
    """By the shop, which has not shown it again since; whether its author withdrew it or wrote it anew meanwhile."""
    decisions = [event.kind for event in review.events if event.kind in {"hidden", "published", "restored"}]
    return bool(decisions) and decisions[-1] == "hidden"


def _is_known(review: Review, token: str) -> bool:
    """This form has been here before: who goes back and changes words sends the same photos once more."""
    return bool(token) and any(event.request_token == token for event in review.events)


def _as_it_was(review: Review) -> dict[str, Any]:
    return {"stars": review.stars, "text": review.text, "photos": len(review.photos), "status": review.status}


def _exchange_photos(review: Review, said: Said, now: datetime) -> list[str]:
    gone = [photo for photo in review.photos if photo.id in said.without_photos]
    for photo in gone:
        review.photos.remove(photo)
    review.photos.extend(ReviewPhoto(key=key, created_at=now) for key in said.photos)
    return [photo.key for photo in gone]


def _name(session: Session, review: Review, shown_as: ShownAs, order: Order) -> None:
    """Who has no department, or no name, is shown without one."""
    user = session.get(User, order.user_id) if order.user_id is not None else None
    review.shown_as, review.shown_name, review.unit_id = shown_as, "", None
    if shown_as is ShownAs.SURNAME:
        review.shown_name = surname(user.name if user and user.name else order.recipient)
    if shown_as is ShownAs.UNIT:
        review.unit_id = user.proved_unit_id if user else None
    if not review.shown_name and review.unit_id is None:
        review.shown_as = ShownAs.NOBODY


def _note(review: Review, kind: str, now: datetime, actor_id: int | None, token: str, **facts: Any) -> None:
    review.events.append(
        ReviewEvent(at=now, kind=kind, actor_id=actor_id, facts=facts, request_token=token or None)
    )
