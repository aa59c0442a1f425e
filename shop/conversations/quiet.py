"""Conversations that the buyer does not go on with: closed by themselves after the shop's number of days."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import read_shop_settings
from shop.conversations.locking import lock_conversation
from shop.conversations.models import Conversation, ConversationStatus
from shop.conversations.steps import close
from shop.storage.row_by_row import done
from shop.storage.unit_of_work import UnitOfWork

MOST_AT_ONCE: Final = 200


def close_quiet_conversations(unit_of_work: UnitOfWork, *, now: datetime) -> int:
    """Returns how many were closed. Safe to repeat."""
    due = unit_of_work.run(partial(_due, now=now))
    return done(unit_of_work, [partial(_close, conversation_id=one, now=now) for one in due])


def _quiet_before(session: Session, now: datetime) -> datetime:
    return now - timedelta(days=read_shop_settings(session).service_close_days)


def _due(session: Session, now: datetime) -> list[int]:
    statement = sa.select(Conversation.id).where(
        Conversation.status == ConversationStatus.ANSWERED, Conversation.last_at < _quiet_before(session, now)
    )
    return list(session.scalars(statement.order_by(Conversation.id).limit(MOST_AT_ONCE)))


def _close(session: Session, conversation_id: int, now: datetime) -> bool:
    """Unless the buyer wrote in this very moment."""
    conversation = lock_conversation(session, conversation_id)
    is_quiet = conversation.last_at < _quiet_before(session, now)
    if conversation.status is not ConversationStatus.ANSWERED or not is_quiet:
        return False
    return close(session, conversation_id, actor_id=None, now=now)
