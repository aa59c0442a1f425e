"""Which letter follows an answer of the team, or of a household."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.conversations.events import ConversationAnswered, ThanksAnswered
from shop.kit.clock import utc_now
from shop.notifications.enqueueing import enqueue_message
from shop.notifications.messages import Message


def tell_conversation_answered(session: Session, event: ConversationAnswered) -> None:
    """To the account that wrote, else to the order's guest; nobody when both are gone."""
    if event.user_id is None and event.order_id is None:
        return
    enqueue_message(
        session,
        Message.CONVERSATION_ANSWERED,
        user_id=event.user_id,
        order_id=event.order_id if event.user_id is None else None,
        conversation_id=event.conversation_id,
        dedupe_key=f"message {event.message_id}",
        now=utc_now(),
    )


def tell_thanks_answered(session: Session, event: ThanksAnswered) -> None:
    """Of several households the buyer hears one by one, as they answer."""
    enqueue_message(
        session,
        Message.THANKS_ANSWERED,
        order_id=event.order_id,
        dedupe_key=f"letter {event.letter_id}",
        now=utc_now(),
    )
