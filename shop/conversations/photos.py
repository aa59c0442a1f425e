"""Photos in conversations: taken in by the web, made anew by the worker; never among what is public."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState
from shop.catalogue.private_photos import original_file, remake
from shop.conversations.models import ConversationMessage, ConversationPhoto
from shop.kit.errors import NotFound
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork

_FOLDER: Final = "conversations"
Result = TypeVar("Result")


def write_with_photos(
    unit_of_work: UnitOfWork,
    store: MediaStore,
    contents: Sequence[bytes],
    write: Callable[[Session, Sequence[str]], Result],
) -> Result:
    """Keep photos that were judged, then `write(session, keys)`; what no message holds does not stay behind.

    Raises StorageFull, and what `write` raises.
    """
    keys = [secrets.token_hex(16) for _ in contents]
    kept: set[str] = set()
    try:
        for key, content in zip(keys, contents, strict=True):
            store.write(original_file(key), content)
        result = unit_of_work.run(lambda session: write(session, keys))
        kept = unit_of_work.run(lambda session: _kept(session, keys)) if keys else kept
    finally:
        for key in keys:
            if key not in kept:
                store.delete(original_file(key))
    return result


def make_conversation_photos_ready(unit_of_work: UnitOfWork, store: MediaStore, *, most: int = 20) -> int:
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


def photo_key(session: Session, photo_id: int, *, conversation_id: int) -> str:
    """The file's name of a photo of this conversation that is ready. Raises NotFound."""
    key = session.scalar(
        sa.select(ConversationPhoto.key)
        .join(ConversationMessage, ConversationMessage.id == ConversationPhoto.message_id)
        .where(
            ConversationPhoto.id == photo_id,
            ConversationPhoto.state == PictureState.READY,
            ConversationMessage.conversation_id == conversation_id,
        )
    )
    if key is None:
        raise NotFound()
    return key


def _kept(session: Session, keys: Sequence[str]) -> set[str]:
    return set(session.scalars(sa.select(ConversationPhoto.key).where(ConversationPhoto.key.in_(keys))))


def _waiting(session: Session, most: int) -> list[str]:
    waiting = sa.select(ConversationPhoto.key).where(ConversationPhoto.state == PictureState.PROCESSING)
    return list(session.scalars(waiting.order_by(ConversationPhoto.id).limit(most)))


def _finish(session: Session, key: str, good: bool) -> None:
    state = PictureState.READY if good else PictureState.REFUSED
    session.execute(sa.update(ConversationPhoto).where(ConversationPhoto.key == key).values(state=state))
