"""What becomes of conversations when their buyer is erased, or when nobody can claim anything by them any more.

Words, photos and questions to villages go. How fast and how well the shop answered stays: figures without a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.doomed_files import doom
from shop.catalogue.private_photos import original_file
from shop.conversations.desk_models import VillageQuestion
from shop.conversations.locking import MOST_AT_ONCE, lock_conversations
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationPhoto,
    ConversationRating,
    ConversationStatus,
)
from shop.conversations.photos import photo_file
from shop.storage.unit_of_work import UnitOfWork

KEPT: Final = timedelta(days=3 * 365 + 1)  # as long as a claim can be brought
GONE: Final = "–"  # where words stood


def forget_talks(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """End these conversations and empty them; harmless to repeat."""
    for first in range(0, len(ids), MOST_AT_ONCE):
        for talk in lock_conversations(session, list(ids[first : first + MOST_AT_ONCE])):
            talk.buyer_unread = talk.desk_unread = 0
            if talk.status is not ConversationStatus.CLOSED:
                talk.status, talk.closed_at = ConversationStatus.CLOSED, now
    session.flush()
    messages = sa.select(ConversationMessage.id).where(ConversationMessage.conversation_id.in_(ids))
    photos = ConversationPhoto.message_id.in_(messages)
    keys = session.scalars(sa.select(ConversationPhoto.key).where(photos)).all()
    doom(session, [name for key in keys for name in (photo_file(key), original_file(key))], now=now)
    for written in (
        sa.delete(ConversationPhoto).where(photos),
        sa.delete(VillageQuestion).where(VillageQuestion.conversation_id.in_(ids)),
        _emptied(ConversationMessage, GONE).where(ConversationMessage.conversation_id.in_(ids)),
        _emptied(ConversationRating, "").where(ConversationRating.conversation_id.in_(ids)),
    ):
        session.execute(written.execution_options(synchronize_session=False))


def forget_old_talks(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Those that ended long ago; returns how many. Safe to repeat."""
    done = 0
    while ids := unit_of_work.run(partial(_old, now=now)):
        unit_of_work.run(partial(forget_talks, ids=ids, now=now))
        done += len(ids)
    return done


def _old(session: Session, now: datetime) -> list[int]:
    """With words still in them."""
    words = sa.exists().where(
        ConversationMessage.conversation_id == Conversation.id, ConversationMessage.text.not_in(["", GONE])
    )
    photos = sa.exists().where(
        ConversationMessage.conversation_id == Conversation.id,
        ConversationPhoto.message_id == ConversationMessage.id,
    )
    old = sa.select(Conversation.id).where(
        Conversation.status == ConversationStatus.CLOSED,
        Conversation.last_at < now - KEPT,
        sa.or_(words, photos),
    )
    return list(session.scalars(old.order_by(Conversation.id).limit(MOST_AT_ONCE)))


def _emptied(entity: Any, instead: str) -> sa.Update:
    """A message of a claim has no words of its own, and needs none in their place."""
    return sa.update(entity).where(entity.text != "").values(text=instead)
