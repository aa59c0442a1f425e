"""What the team had in front of it when it pressed: a buyer who wrote meanwhile is not answered or closed unread."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations.models import Conversation, ConversationMessage, Side


def last_heard() -> sa.ScalarSelect[int]:
    """SQL: the number of the buyer's newest message of the `Conversation` of the row; 0 where there is none."""
    newest = sa.select(sa.func.coalesce(sa.func.max(ConversationMessage.id), 0))
    return (
        newest.where(
            ConversationMessage.conversation_id == Conversation.id, ConversationMessage.side == Side.BUYER
        )
        .correlate(Conversation)
        .scalar_subquery()
    )


def unheard_since(session: Session, conversation_id: int, seen: int | None) -> datetime | None:
    """When the buyer wrote first of what the page did not show; None where it showed all. `seen`: see `last_heard`;
    None where nobody looked at a page. The caller has locked the conversation.
    """
    if seen is None:
        return None
    return session.scalar(
        sa.select(sa.func.min(ConversationMessage.at)).where(
            ConversationMessage.conversation_id == conversation_id,
            ConversationMessage.side == Side.BUYER,
            ConversationMessage.id > seen,
        )
    )
