"""A claim has its conversation: told, talked about and decided in one place."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations.locking import lock_conversation
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Happening,
    Side,
    Topic,
)
from shop.conversations.reading import conversation_of_claim
from shop.conversations.targets import read_targets
from shop.conversations.writing import new_conversation
from shop.kit.references import token_digest
from shop.ordering.claim_models import Claim
from shop.ordering.events import ClaimDecided, ClaimOpened
from shop.ordering.models import Order


def open_claim_thread(session: Session, event: ClaimOpened) -> None:
    _thread(session, event.claim_id)


def tell_decision_in_thread(session: Session, event: ClaimDecided) -> None:
    """The decision is the team's answer; its letter tells the buyer, so that nothing is told twice."""
    claim = session.get_one(Claim, event.claim_id)
    conversation = lock_conversation(session, _thread(session, event.claim_id).id)
    decided_at = claim.decided_at or claim.opened_at
    _happened(session, conversation, Happening.CLAIM_DECIDED, Side.SHOP, claim.decided_by_id, decided_at)
    read_targets(session, conversation.opened_at).note_answer(conversation, decided_at)
    conversation.status, conversation.closed_at = ConversationStatus.ANSWERED, None
    conversation.desk_unread = 0
    conversation.buyer_unread += 1


def _thread(session: Session, claim_id: int) -> Conversation:
    """The claim's conversation, opened where it has none."""
    known = conversation_of_claim(session, claim_id)
    if known is not None:
        return known
    claim, order = session.execute(
        sa.select(Claim, Order).join(Order, Order.id == Claim.order_id).where(Claim.id == claim_id)
    ).one()
    conversation = new_conversation(
        session,
        Topic.CLAIM,
        user_id=order.user_id,
        language=order.language,
        token=token_digest(f"claim {claim_id}"),
        now=claim.opened_at,
    )
    conversation.order_id, conversation.claim_id = order.id, claim_id
    conversation.desk_unread = 1
    session.flush()
    _happened(session, conversation, Happening.CLAIM_OPENED, Side.BUYER, claim.opened_by_id, claim.opened_at)
    return conversation


def _happened(
    session: Session,
    conversation: Conversation,
    happening: Happening,
    side: Side,
    author_id: int | None,
    at: datetime,
) -> None:
    session.add(
        ConversationMessage(
            conversation_id=conversation.id,
            side=side,
            author_id=author_id,
            happening=happening,
            request_token=happening.value,
            at=at,
        )
    )
    conversation.last_at = at
    session.flush()
