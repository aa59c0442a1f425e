"""From a draft to the readers and back: handing in, sending back, publishing by the clock, taking back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg, tidy
from shop.stories.access import TEAM, PostReach, lock_post
from shop.stories.history import note
from shop.stories.models import Post, PostState
from shop.stories.transitions import POST_STATES
from shop.stories.writing import refuse_empty

LONGEST_REASON: Final = 300
FARTHEST: Final = timedelta(days=366)


def offer_post(session: Session, post_id: int, *, reach: PostReach, actor_id: int, now: datetime) -> bool:
    """Hand a draft to the team; False when that was done before. Raises NotFound, InvalidInput, IllegalStep."""
    post = lock_post(session, post_id, reach)
    if post.state is PostState.OFFERED:
        return False
    refuse_empty({"text_zh": post.text_zh})
    _step(post, PostState.OFFERED, "")
    note(session, post, "offered", actor_id, now)
    return True


def write_on(session: Session, post_id: int, *, reach: PostReach, actor_id: int, now: datetime) -> bool:
    """Take it out of the team's hands again; False when it is a draft. Raises NotFound, IllegalStep."""
    post = lock_post(session, post_id, reach)
    if post.state is PostState.DRAFT:
        return False
    _step(post, PostState.DRAFT, "")
    note(session, post, "written_on", actor_id, now)
    return True


def send_back(session: Session, post_id: int, reason: str, *, actor_id: int, now: datetime) -> bool:
    """The coordinator reads why, and writes on; False when it is back. Raises NotFound, InvalidInput, IllegalStep."""
    post = lock_post(session, post_id, TEAM)
    if post.state is PostState.DRAFT:
        return False
    said = _reason(reason)
    _step(post, PostState.DRAFT, said)
    note(session, post, "sent_back", actor_id, now, reason=said)
    return True


def publish_post(
    session: Session, post_id: int, at: datetime | None, *, actor_id: int, now: datetime
) -> bool:
    """Show it from `at` on, or at once; False when it is published for that moment.

    One that is published for a moment ahead may be given another; one that is out keeps its date. What was taken back
    comes again with the date it had. Raises NotFound, InvalidInput, IllegalStep.
    """
    post = lock_post(session, post_id, TEAM)
    if at is not None and at > now + FARTHEST:
        raise InvalidInput(msg("At most a year ahead."), field="published_at")
    refuse_empty({"text_zh": post.text_zh})
    if post.state is PostState.PUBLISHED:
        return _move(session, post, at, actor_id, now)
    kind = "restored" if post.state is PostState.TAKEN_BACK else "published"
    had = post.published_at if kind == "restored" else None
    post.published_at = at or had or now
    _step(post, PostState.PUBLISHED, "")
    note(session, post, kind, actor_id, now, at=post.published_at.isoformat())
    return True


def take_back(session: Session, post_id: int, reason: str, *, actor_id: int, now: datetime) -> bool:
    """Nobody reads it any more; False when that is so. Raises NotFound, InvalidInput, IllegalStep."""
    post = lock_post(session, post_id, TEAM)
    if post.state is PostState.TAKEN_BACK:
        return False
    said = _reason(reason)
    _step(post, PostState.TAKEN_BACK, said)
    note(session, post, "taken_back", actor_id, now, reason=said)
    return True


def _move(session: Session, post: Post, at: datetime | None, actor_id: int, now: datetime) -> bool:
    """Another moment for one that nobody has read yet."""
    if post.published_at is None or post.published_at <= now or post.published_at == (at or now):
        return False
    post.published_at = at or now
    note(session, post, "published", actor_id, now, at=post.published_at.isoformat())
    return True


def _step(post: Post, state: PostState, reason: str) -> None:
    post.state = POST_STATES.step(post.state, state)
    post.reason = reason


def _reason(typed: str) -> str:
    said = tidy(typed)
    if not said:
        raise InvalidInput(msg("Please say why."), field="reason")
    if len(said) > LONGEST_REASON:
        raise InvalidInput(msg("At most %(longest)s characters."), field="reason", longest=LONGEST_REASON)
    return said
