"""The team answers a buyer, and writes notes that no buyer reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.conversations.canned import refuse_open_places
from shop.conversations.events import ConversationAnswered
from shop.conversations.heard import unheard_since
from shop.conversations.locking import lock_conversation
from shop.conversations.models import Conversation, ConversationMessage, ConversationStatus, Side
from shop.conversations.targets import read_targets
from shop.conversations.typed import LONGEST, words
from shop.conversations.writing import Said, add_message, known_message
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class Answered:
    """`keeps_waiting`: the buyer had written what the answer could not know of, and waits for the team still."""

    message_id: int
    keeps_waiting: bool


def answer(
    session: Session,
    conversation_id: int,
    said: Said,
    *,
    close: bool = False,
    seen: int | None = None,
    actor_id: int,
    now: datetime,
) -> Answered:
    """The buyer reads it and is told. Whoever answers what is nobody's takes it. `seen` is the buyer's newest message on
    the page: where they wrote after it, the answer goes out, and the conversation stays open and unread.

    Raises NotFound, InvalidInput.
    """
    words(said.text, LONGEST)
    refuse_open_places(said.text)
    conversation = lock_conversation(session, conversation_id)
    if (known := known_message(session, conversation_id, said)) is not None:
        return Answered(known, unheard_since(session, conversation_id, seen) is not None)
    unheard_at = unheard_since(session, conversation_id, seen)
    message = add_message(session, conversation, Side.SHOP, said, author_id=actor_id, now=now)
    if conversation.assignee_id is None:
        conversation.assignee_id = actor_id
        audit(session, actor_id, "conversation.taken", "conversation", conversation_id, {}, now=now)
    targets = read_targets(session, conversation.opened_at)
    targets.note_answer(conversation, now)
    if unheard_at is not None:
        conversation.answer_due_at = max(conversation.answer_due_at, targets.answer_due(unheard_at))
        tell_buyer(session, conversation, message)
        return Answered(message.id, keeps_waiting=True)
    conversation.desk_unread = 0
    if close:
        targets.note_closing(conversation, now)
        audit(session, actor_id, "conversation.closed", "conversation", conversation_id, {}, now=now)
    else:
        conversation.status, conversation.closed_at = ConversationStatus.ANSWERED, None
    tell_buyer(session, conversation, message)
    return Answered(message.id, keeps_waiting=False)


def write_note(session: Session, conversation_id: int, said: Said, *, actor_id: int, now: datetime) -> int:
    """For the team alone: nothing of the conversation changes. Raises NotFound, InvalidInput."""
    words(said.text, LONGEST)
    conversation = lock_conversation(session, conversation_id)
    if (known := known_message(session, conversation_id, said)) is not None:
        return known
    before = conversation.last_at
    message = add_message(session, conversation, Side.NOTE, said, author_id=actor_id, now=now)
    conversation.last_at = before
    return message.id


def tell_buyer(session: Session, conversation: Conversation, message: ConversationMessage) -> None:
    """One message for all that is not read yet."""
    conversation.buyer_unread += 1
    if conversation.buyer_unread == 1:
        record(
            session,
            ConversationAnswered(conversation.id, message.id, conversation.user_id, conversation.order_id),
        )
