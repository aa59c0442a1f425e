"""Whose a conversation is within the team, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.accounts.models import RoleName, User, UserRole
from shop.conversations.errors import BuyerWrote, NobodyToHandTo
from shop.conversations.heard import unheard_since
from shop.conversations.locking import lock_conversation, lock_conversations
from shop.conversations.models import Conversation, ConversationStatus
from shop.conversations.targets import read_targets


def team(session: Session) -> Sequence[tuple[int, str]]:
    """Who can be handed a conversation: id and name. One statement."""
    statement = (
        sa.select(User.id, sa.func.coalesce(sa.func.nullif(User.name, ""), User.email, ""))
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == RoleName.ADMIN, User.active)
        .order_by(User.id)
    )
    return [(user_id, name) for user_id, name in session.execute(statement)]


def hand_over(
    session: Session, conversation_id: int, assignee_id: int | None, *, actor_id: int, now: datetime
) -> bool:
    """To somebody of the team, oneself too, or back to nobody; False where it was theirs already.

    Raises NotFound, NobodyToHandTo.
    """
    demand_team(session, assignee_id)
    return _give(session, lock_conversation(session, conversation_id), assignee_id, actor_id, now)


def demand_team(session: Session, user_id: int | None) -> None:
    """Raises NobodyToHandTo for who is not of the team."""
    if user_id is not None and user_id not in {one for one, _name in team(session)}:
        raise NobodyToHandTo()


def close(
    session: Session, conversation_id: int, *, seen: int | None = None, actor_id: int | None, now: datetime
) -> bool:
    """The buyer can say how content they are; a new message opens it again. False where it was closed already.

    `seen` is the buyer's newest message on the page. Raises BuyerWrote where there is a newer one.
    """
    conversation = lock_conversation(session, conversation_id)
    if unheard_since(session, conversation_id, seen) is not None:
        raise BuyerWrote()
    return _close(session, conversation, actor_id, now)


def reopen(session: Session, conversation_id: int, *, actor_id: int, now: datetime) -> bool:
    """It waits for the team again. False where it was not closed."""
    conversation = lock_conversation(session, conversation_id)
    if conversation.status is not ConversationStatus.CLOSED:
        return False
    conversation.status, conversation.closed_at = ConversationStatus.OPEN, None
    conversation.answer_due_at = read_targets(session, now).answer_due(now)
    audit(session, actor_id, "conversation.reopened", "conversation", conversation_id, {}, now=now)
    return True


def hand_over_many(
    session: Session, ids: list[int], assignee_id: int | None, *, actor_id: int, now: datetime
) -> int:
    """Returns how many changed hands. Raises NobodyToHandTo."""
    demand_team(session, assignee_id)
    return _each(session, ids, lambda one: _give(session, one, assignee_id, actor_id, now))


def close_many(
    session: Session, ids: list[int], *, seen: Mapping[int, int], actor_id: int, now: datetime
) -> tuple[int, int]:
    """How many were closed, and how many stay open because their buyers have written since the list was `seen`:
    conversation → its buyer's newest message. Those that were closed already stay.
    """
    locked = lock_conversations(session, ids)
    heard = [one for one in locked if unheard_since(session, one.id, seen.get(one.id)) is None]
    return sum(_close(session, one, actor_id, now) for one in heard), len(locked) - len(heard)


def _each(session: Session, ids: list[int], step: Callable[[Conversation], bool]) -> int:
    return sum(step(one) for one in lock_conversations(session, ids))


def _give(
    session: Session, conversation: Conversation, assignee_id: int | None, actor_id: int, now: datetime
) -> bool:
    if conversation.assignee_id == assignee_id:
        return False
    facts = {"assignee_before": conversation.assignee_id, "assignee_after": assignee_id}
    conversation.assignee_id = assignee_id
    action = "conversation.taken" if assignee_id == actor_id else "conversation.handed_over"
    audit(session, actor_id, action, "conversation", conversation.id, facts, now=now)
    return True


def _close(session: Session, conversation: Conversation, actor_id: int | None, now: datetime) -> bool:
    if conversation.status is ConversationStatus.CLOSED:
        return False
    read_targets(session, conversation.opened_at).note_closing(conversation, now)
    conversation.desk_unread = 0
    audit(session, actor_id, "conversation.closed", "conversation", conversation.id, {}, now=now)
    return True
