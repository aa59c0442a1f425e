"""Conversations as their buyer reads them: notes of the team are not among what is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.catalogue.models import Product, ProductStatus
from shop.conversations.heard import unheard_since
from shop.conversations.locking import lock_conversation
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Side,
    Topic,
)
from shop.kit.errors import NotFound
from shop.ordering.claim_models import Claim
from shop.ordering.models import Order
from shop.ordering.own_orders import stands_with
from shop.storage.paging import Page, read_page

SHOWN_AT_ONCE = 20


@dataclass(frozen=True)
class OwnConversation:
    code: str
    topic: Topic
    status: ConversationStatus
    order_number: str | None
    last_at: datetime
    unread: int
    words: str  # the last that was written
    claim_id: int | None


def find_conversation(session: Session, code: str) -> tuple[Conversation, str | None]:
    """With its order's number. Raises NotFound."""
    return find_for_reader(session, code, None)[:2]


def find_for_reader(
    session: Session, code: str, reader_id: int | None
) -> tuple[Conversation, str | None, bool]:
    """With its order's number, and whether that stands with the reader, for whoever asks whether they may see it.

    Raises NotFound.
    """
    row = session.execute(
        sa.select(Conversation, Order.number, stands_with(reader_id))
        .outerjoin(Order, Order.id == Conversation.order_id)
        .where(Conversation.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row[0], row[1], row[2]


def read_thread(session: Session, conversation_id: int, *, whole: bool = False) -> Conversation:
    """With what was written, photos, ratings and what it is about; notes only for the team, `whole`. Raises NotFound."""
    shown = (
        Conversation.messages if whole else Conversation.messages.and_(ConversationMessage.side != Side.NOTE)
    )
    messages = selectinload(shown)
    conversation = session.scalar(
        sa.select(Conversation)
        .where(Conversation.id == conversation_id)
        .options(
            joinedload(Conversation.order),
            joinedload(Conversation.claim),
            joinedload(Conversation.product),
            joinedload(Conversation.user),
            joinedload(Conversation.assignee),
            selectinload(Conversation.ratings),
            messages.selectinload(ConversationMessage.photos),
            messages.joinedload(ConversationMessage.author),
        )
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        raise NotFound()
    return conversation


def last_words(*, of_team: bool = False) -> sa.ScalarSelect[str]:
    """SQL: the beginning of what was written last."""
    shown = sa.true() if of_team else ConversationMessage.side != Side.NOTE
    return (
        sa.select(sa.func.substr(ConversationMessage.text, 1, 90))
        .where(ConversationMessage.conversation_id == Conversation.id, ConversationMessage.text != "", shown)
        .order_by(ConversationMessage.id.desc())
        .limit(1)
        .correlate(Conversation)
        .scalar_subquery()
    )


def _own() -> sa.Select[*tuple[Any, ...]]:
    columns = sa.select(
        Conversation.code,
        Conversation.topic,
        Conversation.status,
        Order.number,
        Conversation.last_at,
        Conversation.buyer_unread,
        sa.func.coalesce(last_words(), sa.func.substr(Claim.text, 1, 90), ""),
        Conversation.claim_id,
    )
    return columns.outerjoin(Order, Order.id == Conversation.order_id).outerjoin(
        Claim, Claim.id == Conversation.claim_id
    )


def conversations_of(session: Session, user_id: int, *, page: int = 1) -> Page[OwnConversation]:
    """The newest words first, without those about orders that stand with an organisation left since. Two statements."""
    statement = _own().where(Conversation.user_id == user_id, stands_with(user_id))
    statement = statement.order_by(Conversation.last_at.desc(), Conversation.id.desc())
    found = read_page(session, statement, number=page, size=SHOWN_AT_ONCE)
    return found.map(lambda row: OwnConversation(*row))


def conversations_of_order(
    session: Session, order_id: int, *, reader_id: int | None = None, whole: bool = False
) -> Sequence[OwnConversation]:
    """Those that its reader may open: a guest's, and the reader's own; all of them for the team, `whole`.
    The newest words first, as everywhere. One statement.
    """
    may_read = sa.or_(Conversation.user_id.is_(None), Conversation.user_id == reader_id, sa.literal(whole))
    statement = _own().where(Conversation.order_id == order_id, may_read)
    statement = statement.order_by(Conversation.last_at.desc(), Conversation.id.desc())
    return [OwnConversation(*row) for row in session.execute(statement.limit(SHOWN_AT_ONCE))]


def conversation_of_claim(session: Session, claim_id: int) -> Conversation | None:
    return session.scalar(sa.select(Conversation).where(Conversation.claim_id == claim_id))


def note_read_by_buyer(session: Session, conversation_id: int) -> None:
    _read(session, conversation_id, Conversation.buyer_unread.key)


def note_read_by_desk(session: Session, conversation_id: int, *, seen: int | None = None) -> None:
    """`seen` is the buyer's newest message on the page: what came after it was not read. Locks the conversation."""
    lock_conversation(session, conversation_id)
    if unheard_since(session, conversation_id, seen) is None:
        _read(session, conversation_id, Conversation.desk_unread.key)


def _read(session: Session, conversation_id: int, column: str) -> None:
    session.execute(
        sa.update(Conversation).where(Conversation.id == conversation_id).values({column: 0}),
        execution_options={"synchronize_session": False},
    )


def product_to_ask_about(session: Session, slug: str) -> Product | None:
    """None for what is not on sale."""
    statement = sa.select(Product).where(Product.slug == slug, Product.status == ProductStatus.PUBLISHED)
    return session.scalar(statement) if slug else None
