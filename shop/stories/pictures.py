"""Pictures of posts: taken in by the web, made anew by the worker, put in order, and taken away with their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.claims import refuse_claims
from shop.catalogue.models import PictureState
from shop.catalogue.picture_files import Rendered, judge, render, share_picture
from shop.catalogue.picture_names import file_name, share_file
from shop.catalogue.pictures import delete_files
from shop.catalogue.private_photos import original_file
from shop.catalogue.version import bump_version
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.references import token_digest
from shop.kit.text import msg, tidy
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork
from shop.stories.access import PostReach, lock_to_change
from shop.stories.history import note
from shop.stories.models import Post, PostPicture

MOST_PICTURES: Final = 12
_KEY: Final = 32


@dataclass(frozen=True)
class PictureUpload:
    """A picture as it was sent; `token` is its form's, so that it is taken in once."""

    post_id: int
    content: bytes
    token: str
    alt_zh: str
    alt_en: str


def add_picture(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    upload: PictureUpload,
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> int:
    """Judge it, keep it, and note that it has to be made ready; returns its id. The file is written before the row.

    Raises InvalidInput (photo, alt_zh), StorageFull, NotFound, Conflict.
    """
    key = token_digest(upload.token)[:_KEY]
    known = unit_of_work.run(lambda session: _known(session, upload.post_id, key, reach))
    if known is not None:
        return known
    judge(upload.content)
    words = _words(upload.alt_zh, upload.alt_en)
    store.write(original_file(key), upload.content)
    try:
        return unit_of_work.run(
            lambda session: _note_picture(
                session, upload.post_id, key, words, reach=reach, actor_id=actor_id, now=now
            )
        )
    except (NotFound, Conflict, InvalidInput):
        store.delete(original_file(key))
        raise


def change_picture(
    session: Session,
    post_id: int,
    picture_id: int,
    alt_zh: str,
    alt_en: str,
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> bool:
    """Say otherwise what it shows; False when it says so. Raises NotFound, InvalidInput, Conflict."""
    post = lock_to_change(session, post_id, reach)
    picture = _picture(session, post, picture_id)
    words = _words(alt_zh, alt_en)
    if (picture.alt_zh, picture.alt_en) == words:
        return False
    picture.alt_zh, picture.alt_en = words
    note(session, post, "picture_changed", actor_id, now, picture=picture_id)
    return True


def order_pictures(
    session: Session,
    post_id: int,
    picture_ids: Sequence[int],
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> bool:
    """Put them in this order; what is not named stays behind. False when they stand so. Raises NotFound, Conflict."""
    post = lock_to_change(session, post_id, reach)
    pictures = list(session.scalars(_in_order(post_id)))
    places = {picture_id: place for place, picture_id in enumerate(dict.fromkeys(picture_ids))}
    if places.keys() - {picture.id for picture in pictures}:
        raise NotFound()
    wanted = sorted(pictures, key=lambda one: places.get(one.id, len(places)))
    if wanted == pictures:
        return False
    for position, picture in enumerate(wanted, start=1):
        picture.position = position
    note(session, post, "pictures_ordered", actor_id, now)
    return True


def remove_picture(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    post_id: int,
    picture_id: int,
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> None:
    """Its files go after its row. Raises NotFound, Conflict."""

    def forget(session: Session) -> str:
        post = lock_to_change(session, post_id, reach)
        picture = _picture(session, post, picture_id)
        key = picture.key
        session.delete(picture)
        session.flush()
        note(session, post, "picture_removed", actor_id, now, picture=picture_id)
        return key

    delete_files(store, unit_of_work.run(forget))


def make_post_pictures_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
    """Make those anew that wait; returns how many. May be killed half way and run again."""
    waiting = unit_of_work.run(lambda session: _waiting(session, most))
    for key in waiting:
        try:
            rendered = render(store.read(original_file(key)))
        except (InvalidInput, NotFound):
            rendered = None
        for rendering in rendered.renderings if rendered else ():
            store.write(file_name(key, rendering.width), rendering.content)
        if rendered:
            store.write(share_file(key), share_picture(rendered.renderings[-1].content))
        if not _finish(unit_of_work, key, rendered):
            delete_files(store, key)  # taken away meanwhile
        store.delete(original_file(key))
    return len(waiting)


def _known(session: Session, post_id: int, key: str, reach: PostReach) -> int | None:
    """The picture that this form sent before. A coordinator learns nothing of another village's post."""
    lock_to_change(session, post_id, reach)
    of_form = sa.select(PostPicture.id, PostPicture.post_id).where(PostPicture.key == key)
    found = session.execute(of_form).first()
    if found is not None and found.post_id != post_id:
        raise NotFound()
    return None if found is None else int(found.id)


def _note_picture(
    session: Session,
    post_id: int,
    key: str,
    words: tuple[str, str],
    *,
    reach: PostReach,
    actor_id: int,
    now: datetime,
) -> int:
    post = lock_to_change(session, post_id, reach)
    known = _known(session, post_id, key, reach)
    if known is not None:
        return known
    counted = sa.select(sa.func.count(), sa.func.max(PostPicture.position)).where(
        PostPicture.post_id == post_id
    )
    count, last = session.execute(counted).one()
    if count >= MOST_PICTURES:
        raise InvalidInput(msg("A post has at most %(most)s pictures."), field="photo", most=MOST_PICTURES)
    picture = PostPicture(
        post_id=post_id,
        key=key,
        alt_zh=words[0],
        alt_en=words[1],
        position=(last or 0) + 1,
        state=PictureState.PROCESSING,
        created_at=now,
    )
    session.add(picture)
    session.flush()
    note(session, post, "picture_added", actor_id, now, picture=picture.id)
    return picture.id


def _words(alt_zh: str, alt_en: str) -> tuple[str, str]:
    """Who does not see a picture hears what it shows. English falls back on Chinese."""
    words = tidy(alt_zh)[:120], tidy(alt_en)[:160]
    if not words[0]:
        raise InvalidInput(
            msg("Please say in Chinese what the photo shows: people who cannot see it hear it."),
            field="alt_zh",
        )
    refuse_claims({"alt_zh": words[0], "alt_en": words[1]})
    return words


def _picture(session: Session, post: Post, picture_id: int) -> PostPicture:
    picture = session.get(PostPicture, picture_id, populate_existing=True)
    if picture is None or picture.post_id != post.id:
        raise NotFound()
    return picture


def _in_order(post_id: int) -> sa.Select[PostPicture]:
    of_post = sa.select(PostPicture).where(PostPicture.post_id == post_id)
    return of_post.order_by(PostPicture.position, PostPicture.id)


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(PostPicture.key).where(PostPicture.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(PostPicture.id).limit(most)))


def _finish(unit_of_work: UnitOfWork, key: str, rendered: Rendered | None) -> bool:
    """False when its row is gone."""

    def finish(session: Session) -> bool:
        picture = session.scalar(sa.select(PostPicture).where(PostPicture.key == key).with_for_update())
        if picture is None:
            return False
        picture.state = PictureState.READY if rendered else PictureState.REFUSED
        if rendered:
            picture.width, picture.height = rendered.width, rendered.height
        session.flush()
        bump_version(session)
        return True

    return unit_of_work.run(finish)
