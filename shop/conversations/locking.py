"""The lock that everything which happens in a conversation takes."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations.models import Conversation
from shop.kit.errors import NotFound
from shop.storage.locks import LockRank, lock_row, lock_rows

MOST_AT_ONCE: Final = 100


def lock_conversation(session: Session, conversation_id: int) -> Conversation:
    """Raises NotFound."""
    statement = sa.select(Conversation).where(Conversation.id == conversation_id)
    found = lock_row(session, LockRank.CONVERSATION, statement)
    if found is None:
        raise NotFound()
    return found


def lock_conversations(session: Session, ids: list[int]) -> list[Conversation]:
    """Those that there are."""
    statement = sa.select(Conversation).where(Conversation.id.in_(ids[:MOST_AT_ONCE]))
    return lock_rows(session, LockRank.CONVERSATION, statement)
