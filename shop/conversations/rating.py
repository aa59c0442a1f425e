"""How content the buyer was: once after each closing."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations.errors import AlreadyRated, NotClosed
from shop.conversations.locking import lock_conversation
from shop.conversations.models import ConversationRating, ConversationStatus
from shop.conversations.typed import words
from shop.conversations.words import SCORES
from shop.kit.errors import InvalidInput
from shop.kit.text import msg

LONGEST_RATING: Final = 500


def rate(session: Session, conversation_id: int, score: int | None, text: str, *, now: datetime) -> None:
    """Raises InvalidInput, NotClosed, AlreadyRated."""
    if score is None or score not in SCORES:
        raise InvalidInput(msg("Please choose how content you are."), field="score")
    said = words(text, LONGEST_RATING, field="rating_text", needed=False)
    conversation = lock_conversation(session, conversation_id)
    if conversation.status is not ConversationStatus.CLOSED:
        raise NotClosed()
    known = sa.select(ConversationRating.id).where(
        ConversationRating.conversation_id == conversation_id,
        ConversationRating.closing == conversation.closings,
    )
    if session.scalar(known) is not None:
        raise AlreadyRated()
    session.add(
        ConversationRating(
            conversation_id=conversation_id, closing=conversation.closings, score=score, text=said, at=now
        )
    )
    session.flush()
