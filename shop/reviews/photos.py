"""Photos of reviews: taken in by the web, made anew by the worker, shown to everybody while their review is."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState
from shop.catalogue.picture_files import judge
from shop.catalogue.private_photos import original_file, remake
from shop.catalogue.version import bump_version
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.reviews.models import Review, ReviewPhoto, ReviewStatus
from shop.reviews.writing import MOST_PHOTOS, Written
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

_FOLDER: Final = "reviews"


def review_with_photos(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    contents: Sequence[bytes],
    write: Callable[[Session, Sequence[str]], Written],
) -> Written:
    """Judge and keep the photos, then `write(session, keys)` the review; without a review nothing stays behind.

    Raises InvalidInput for the field `photo`, StorageFull, and what `write` raises.
    """
    judge_photos(contents)
    keys = [secrets.token_hex(16) for _ in contents]
    kept: set[str] = set()
    try:
        for key, content in zip(keys, contents, strict=True):
            store.write(original_file(key), content)
        written = unit_of_work.run(lambda session: write(session, keys))
        kept = unit_of_work.run(lambda session: _kept(session, keys))
    finally:
        for key in keys:
            if key not in kept:
                store.delete(original_file(key))
    delete_files(store, written.dropped)
    return written


def judge_photos(contents: Sequence[bytes]) -> None:
    """Raises InvalidInput for the field `photo`."""
    if len(contents) > MOST_PHOTOS:
        raise InvalidInput(msg("At most %(most)s photos."), field="photo", most=MOST_PHOTOS)
    for content in contents:
        judge(content)


def make_review_photos_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Make the photos anew that wait, without anything but their pixels; returns how many. Safe to repeat."""
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        good = remake(store, key, photo_file(key))
        unit_of_work.run(partial(_finish, key=key, good=good))
        store.delete(original_file(key))
    return len(waiting)


def delete_files(store: MediaStore, keys: Sequence[str]) -> None:
    for key in keys:
        store.delete(original_file(key))
        store.delete(photo_file(key))


def photo_file(key: str) -> str:
    """The name of what is shown, in the store."""
    return f"{_FOLDER}/{key}.webp"


def shown_photo(session: Session, key: str) -> str:
    """The key again, of a photo that everybody may see. Raises NotFound."""
    return _found(session, ReviewPhoto.key == key, Review.status == ReviewStatus.PUBLISHED)


def photo_key(session: Session, photo_id: int) -> str:
    """For the team: whatever became of the review. Raises NotFound."""
    return _found(session, ReviewPhoto.id == photo_id)


def own_photo_key(session: Session, photo_id: int, *, order_id: int, reader_id: int | None) -> str:
    """For its author, who reads the order; who looks after another's order has not written its review. Raises NotFound."""
    written_by = sa.or_(Review.user_id.is_(None), Review.user_id == reader_id)
    return _found(session, ReviewPhoto.id == photo_id, Review.order_id == order_id, written_by)


def _found(session: Session, *which: sa.ColumnElement[bool]) -> str:
    statement = (
        sa.select(ReviewPhoto.key)
        .join(Review, Review.id == ReviewPhoto.review_id)
        .where(ReviewPhoto.state == PictureState.READY, *which)
    )
    key = session.scalar(statement)
    if key is None:
        raise NotFound()
    return key


def _kept(session: Session, keys: Sequence[str]) -> set[str]:
    return set(session.scalars(sa.select(ReviewPhoto.key).where(ReviewPhoto.key.in_(keys))))


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(ReviewPhoto.key).where(ReviewPhoto.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(ReviewPhoto.id).limit(most)))


def _finish(session: Session, key: str, good: bool) -> None:
    """Pages that show its review are old from now on."""
    state = PictureState.READY if good else PictureState.REFUSED
    session.execute(sa.update(ReviewPhoto).where(ReviewPhoto.key == key).values(state=state))
    shown = sa.select(Review.id).join(ReviewPhoto, ReviewPhoto.review_id == Review.id)
    if session.scalar(shown.where(ReviewPhoto.key == key, Review.status == ReviewStatus.PUBLISHED)):
        bump_version(session)
