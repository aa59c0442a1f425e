"""Photos of claims: taken in by the web, made anew by the worker; never among what is public."""

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
from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.claim_models import ClaimPhoto
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

MOST_PHOTOS: Final = 4
_FOLDER: Final = "claims"


def claim_with_photos(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    contents: Sequence[bytes],
    write: Callable[[Session, Sequence[str]], int],
) -> int:
    """Judge and keep the photos, then `write(session, keys)` the claim; without a claim nothing stays behind.

    Raises InvalidInput for the field `photo`, StorageFull, and what `write` raises.
    """
    judge_photos(contents)
    keys = [secrets.token_hex(16) for _ in contents]
    kept: set[str] = set()
    try:
        for key, content in zip(keys, contents, strict=True):
            store.write(original_file(key), content)
        claim_id = unit_of_work.run(lambda session: write(session, keys))
        kept = unit_of_work.run(lambda session: _kept(session, keys))
    finally:
        for key in keys:
            if key not in kept:
                store.delete(original_file(key))
    return claim_id


def judge_photos(contents: Sequence[bytes]) -> None:
    """Raises InvalidInput for the field `photo`."""
    if len(contents) > MOST_PHOTOS:
        raise InvalidInput(msg("At most %(most)s photos."), field="photo", most=MOST_PHOTOS)
    for content in contents:
        judge(content)


def make_claim_photos_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Make the photos anew that wait, without anything but their pixels; returns how many. Safe to repeat."""
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        good = remake(store, key, photo_file(key))
        unit_of_work.run(partial(_finish, key=key, good=good))
        store.delete(original_file(key))
    return len(waiting)


def photo_file(key: str) -> str:
    """The name of what is shown, in the store."""
    return f"{_FOLDER}/{key}.webp"


def _kept(session: Session, keys: Sequence[str]) -> set[str]:
    return set(session.scalars(sa.select(ClaimPhoto.key).where(ClaimPhoto.key.in_(keys))))


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(ClaimPhoto.key).where(ClaimPhoto.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(ClaimPhoto.id).limit(most)))


def _finish(session: Session, key: str, good: bool) -> None:
    state = PictureState.READY if good else PictureState.REFUSED
    session.execute(sa.update(ClaimPhoto).where(ClaimPhoto.key == key).values(state=state))
