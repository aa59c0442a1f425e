"""What happened in a conversation, and in letters between a buyer and a household."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConversationAnswered:
    """The buyer has something to read, and had read everything before."""

    conversation_id: int
    message_id: int
    user_id: int | None
    order_id: int | None


@dataclass(frozen=True)
class ThanksAnswered:
    """A household's words go to the buyer."""

    letter_id: int
    order_id: int
