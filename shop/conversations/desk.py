"""Conversations as the team finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.accounts.models import User
from shop.catalogue.models import Product
from shop.conversations.heard import last_heard
from shop.conversations.models import Conversation, ConversationStatus, Topic
from shop.conversations.reading import last_words
from shop.kit.text import like_pattern
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.models import Order
from shop.storage.paging import First, Page, read_first, read_page

PAGE: Final = 25
MINE, NOBODYS = "mine", "unassigned"
_buyer, _assignee = aliased(User), aliased(User)


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; without a status, whatever it is."""

    status: ConversationStatus | None = None
    whose: str = ""  # mine, unassigned or everybody's
    topic: Topic | None = None
    overdue: bool = False
    words: str = ""


@dataclass(frozen=True)
class FoundConversation:
    id: int
    topic: Topic
    status: ConversationStatus
    buyer: str
    order_number: str | None
    product_zh: str
    product_en: str
    assignee: str
    last_at: datetime
    answer_due_at: datetime
    unread: int
    words: str
    last_heard: int

    def is_overdue(self, now: datetime) -> bool:
        return self.status is ConversationStatus.OPEN and self.answer_due_at < now


def find_conversations(
    session: Session, wanted: Wanted, *, viewer_id: int, now: datetime, page: int = 1
) -> Page[FoundConversation]:
    """What waits for the team by what is due first, everything else by the newest words. Two statements."""
    waits = wanted.status is ConversationStatus.OPEN or wanted.overdue
    order = Conversation.answer_due_at if waits else Conversation.last_at.desc()
    statement = _rows().where(*_narrowed(wanted, viewer_id, now)).order_by(order, Conversation.id.desc())
    return read_page(session, statement, number=page, size=PAGE).map(lambda row: FoundConversation(*row))


def overdue(now: datetime) -> sa.ColumnElement[bool]:
    """SQL: it waits for the team longer than it should."""
    return sa.and_(Conversation.status == ConversationStatus.OPEN, Conversation.answer_due_at < now)


def waiting_conversations(session: Session, *, most: int) -> First[tuple[Any, ...]]:
    """Those that wait for the team, by what is due first: id, topic, order, words, since when, whose it is.

    One statement.

    An open claim waits among the claims.
    """
    statement = (
        sa.select(
            Conversation.id,
            Conversation.topic,
            sa.func.coalesce(Order.number, ""),
            sa.func.coalesce(last_words(), ""),
            Conversation.last_at,
            Conversation.assignee_id,
        )
        .outerjoin(Order, Order.id == Conversation.order_id)
        .outerjoin(Claim, Claim.id == Conversation.claim_id)
        .where(
            Conversation.status == ConversationStatus.OPEN,
            sa.or_(Claim.id.is_(None), Claim.status != ClaimStatus.OPEN),
        )
        .order_by(Conversation.answer_due_at, Conversation.id)
    )
    return read_first(session, statement, most=most)


def _rows() -> sa.Select[Any]:
    columns: Sequence[Any] = (
        Conversation.id,
        Conversation.topic,
        Conversation.status,
        sa.func.coalesce(sa.func.nullif(_buyer.name, ""), Order.recipient, ""),
        Order.number,
        sa.func.coalesce(Product.name_zh, ""),
        sa.func.coalesce(Product.name_en, ""),
        sa.func.coalesce(sa.func.nullif(_assignee.name, ""), _assignee.email, ""),
        Conversation.last_at,
        Conversation.answer_due_at,
        Conversation.desk_unread,
        sa.func.coalesce(last_words(of_team=True), sa.func.substr(Claim.text, 1, 90), ""),
        last_heard(),
    )
    return (
        sa.select(*columns)
        .select_from(Conversation)
        .outerjoin(_buyer, _buyer.id == Conversation.user_id)
        .outerjoin(_assignee, _assignee.id == Conversation.assignee_id)
        .outerjoin(Order, Order.id == Conversation.order_id)
        .outerjoin(Product, Product.id == Conversation.product_id)
        .outerjoin(Claim, Claim.id == Conversation.claim_id)
    )


def _narrowed(wanted: Wanted, viewer_id: int, now: datetime) -> list[sa.ColumnElement[bool]]:
    which: list[sa.ColumnElement[bool]] = []
    if wanted.status is not None:
        which.append(Conversation.status == wanted.status)
    if wanted.whose == MINE:
        which.append(Conversation.assignee_id == viewer_id)
    if wanted.whose == NOBODYS:
        which.append(Conversation.assignee_id.is_(None))
    if wanted.topic is not None:
        which.append(Conversation.topic == wanted.topic)
    if wanted.overdue:
        which.append(overdue(now))
    if wanted.words:
        pattern = f"%{like_pattern(wanted.words)}%"
        looked_in = (
            Order.number,
            Order.recipient,
            _buyer.name,
            _buyer.email,
            Product.name_zh,
            Product.name_en,
        )
        which.append(sa.or_(*(one.ilike(pattern, escape="\\") for one in looked_in)))
    return which
