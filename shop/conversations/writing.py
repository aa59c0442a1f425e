"""A buyer opens a conversation and writes in it; each once, however often the form is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.conversations.locking import lock_conversation
from shop.conversations.models import (
    Conversation,
    ConversationMessage,
    ConversationPhoto,
    ConversationStatus,
    Side,
    Topic,
)
from shop.conversations.targets import read_targets
from shop.conversations.typed import LONGEST, words
from shop.conversations.words import CHOSEN_TOPICS
from shop.kit.errors import InvalidInput
from shop.kit.references import form_digest, random_code
from shop.kit.text import msg, tidy_lines

CODE_LENGTH: Final = 12
NO_TOPIC: Final = msg("Please choose what it is about.")
NO_ORDER: Final = msg("Please choose which order it is about, or another topic.")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody wrote; `photos` are names in the store, and `photos_digest` says which pictures they are."""

    text: str
    token: str
    photos: Sequence[str] = ()
    photos_digest: str = ""


@dataclass(frozen=True, slots=True)
class About:
    topic: Topic | None
    order_id: int | None = None
    product_id: int | None = None


def judge_opening(about: About, said: Said) -> Topic:
    """Raises InvalidInput naming every field that is wrong."""
    errors: dict[str, str] = {}
    facts: dict[str, Any] = {}
    if about.topic not in CHOSEN_TOPICS:
        errors["topic"] = NO_TOPIC
    if about.topic in {Topic.ORDER, Topic.DELIVERY} and about.order_id is None:
        errors["order"] = NO_ORDER
    try:
        words(said.text, LONGEST)
    except InvalidInput as error:
        errors |= error.errors
        facts = error.facts
    if errors or about.topic is None:
        raise InvalidInput(errors=errors, **facts)
    return about.topic


def open_conversation(
    session: Session, about: About, said: Said, *, user_id: int | None, language: str, now: datetime
) -> str:
    """Returns its code. Whoever opens one without an account does it for an order that they may see. The same form with
    other words writes those into the conversation that it opened; about something else it opens another.

    Raises InvalidInput.
    """
    topic = judge_opening(about, said)
    token = _form_digest(about, said, user_id)
    known = session.scalar(sa.select(Conversation).where(Conversation.request_token == token))
    if known is not None:
        write_message(session, known.id, said, user_id=user_id, now=now)
        return known.code
    conversation = new_conversation(session, topic, user_id=user_id, language=language, token=token, now=now)
    conversation.order_id, conversation.product_id = about.order_id, about.product_id
    session.flush()
    add_message(session, conversation, Side.BUYER, said, author_id=user_id, now=now)
    conversation.desk_unread = 1
    return conversation.code


def opened_with(session: Session, about: About, said: Said, *, user_id: int | None) -> int | None:
    """The conversation that this form has opened already."""
    token = _form_digest(about, said, user_id)
    return session.scalar(sa.select(Conversation.id).where(Conversation.request_token == token))


def _form_digest(about: About, said: Said, user_id: int | None) -> str:
    what = f"{about.topic} {about.order_id} {about.product_id}"
    return form_digest(f"{user_id or f'order {about.order_id}'}", f"{said.token} {what}")


def new_conversation(
    session: Session, topic: Topic, *, user_id: int | None, language: str, token: str, now: datetime
) -> Conversation:
    """Added, not flushed."""
    targets = read_targets(session, now)
    conversation = Conversation(
        code=random_code(CODE_LENGTH),
        topic=topic,
        user_id=user_id,
        language=language if language in {"zh", "en"} else "zh",
        request_token=token,
        opened_at=now,
        last_at=now,
        answer_due_at=targets.answer_due(now),
        resolve_due_at=targets.resolve_due(now),
        closings=0,
        buyer_unread=0,
        desk_unread=0,
    )
    session.add(conversation)
    return conversation


def write_message(
    session: Session, conversation_id: int, said: Said, *, user_id: int | None, now: datetime
) -> int:
    """The buyer writes; what was closed is open again. Returns the message's id. Raises InvalidInput."""
    words(said.text, LONGEST, needed=not said.photos)
    conversation = lock_conversation(session, conversation_id)
    if (known := known_message(session, conversation_id, said)) is not None:
        return known
    if conversation.status is not ConversationStatus.OPEN:
        conversation.status, conversation.closed_at = ConversationStatus.OPEN, None
        conversation.answer_due_at = read_targets(session, now).answer_due(now)
    message = add_message(session, conversation, Side.BUYER, said, author_id=user_id, now=now)
    conversation.desk_unread += 1
    return message.id


def known_message(session: Session, conversation_id: int, said: Said) -> int | None:
    """The message that this form has written already, with the same words and photos: others are another message."""
    return session.scalar(
        sa.select(ConversationMessage.id).where(
            ConversationMessage.conversation_id == conversation_id,
            ConversationMessage.request_token == _message_digest(said),
        )
    )


def _message_digest(said: Said) -> str:
    return form_digest(said.token, f"{said.photos_digest} {tidy_lines(said.text)}")


def add_message(
    session: Session,
    conversation: Conversation,
    side: Side,
    said: Said,
    *,
    author_id: int | None,
    now: datetime,
) -> ConversationMessage:
    """Flushed. Raises InvalidInput."""
    message = ConversationMessage(
        conversation_id=conversation.id,
        side=side,
        author_id=author_id,
        text=words(said.text, LONGEST, needed=not said.photos),
        request_token=_message_digest(said),
        at=now,
        photos=[ConversationPhoto(key=key, created_at=now) for key in said.photos],
    )
    session.add(message)
    conversation.last_at = now
    session.flush()
    return message
