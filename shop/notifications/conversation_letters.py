"""The letter that says that the team has answered: where to read it, not what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.membership import MEMBER_ROLES
from shop.accounts.standing_in import has_role
from shop.conversations.models import Conversation
from shop.conversations.words import TOPICS
from shop.ordering.models import Order

LINK: Final = "thread"


@dataclass(frozen=True)
class ThreadLink:
    """`order_number` is a guest's, whose link carries the key of the order."""

    code: str
    order_number: str | None


@dataclass(frozen=True)
class Reader:
    language: str
    email: str | None
    phone: str | None
    facts: dict[str, Any]


def conversation_reader(session: Session, conversation_id: int) -> Reader | None:
    """None when there is nothing left to read, or nobody to tell."""
    conversation = session.scalar(
        sa.select(Conversation)
        .where(Conversation.id == conversation_id)
        .options(joinedload(Conversation.user), joinedload(Conversation.order))
    )
    if conversation is None or not conversation.buyer_unread:
        return None
    user, order = conversation.user, conversation.order
    facts: dict[str, Any] = {
        "topic": TOPICS[conversation.topic],
        "number": order.number if order else "",
        LINK: ThreadLink(conversation.code, order.number if order and user is None else None),
    }
    if user is not None:
        if not user.active or not _may_open(session, user.id, order):
            return None
        return Reader(user.language or conversation.language, user.email, user.phone, facts)
    if order is None:
        return None
    return Reader(order.language, order.email, order.phone, facts)


def _may_open(session: Session, user_id: int, order: Order | None) -> bool:
    """Not what is about an order of an organisation that they have left: the link would lead nowhere."""
    if order is None or order.organisation_id is None:
        return True
    return has_role(session, order.organisation_id, user_id, tuple(MEMBER_ROLES))
