"""The history of a post: one line for each version, with who and what, and an entry of the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.version import bump_version
from shop.stories.models import Post, PostEvent, PostState


def note(session: Session, post: Post, kind: str, actor_id: int | None, now: datetime, **facts: Any) -> None:
    """Raise the version and write it down. Texts stand in the history alone, not in the trail. Comes last."""
    if kind != "written":
        post.version += 1
    post.changed_at = now
    session.add(
        PostEvent(post_id=post.id, version=post.version, at=now, kind=kind, actor_id=actor_id, facts=facts)
    )
    session.flush()
    if post.state in (PostState.PUBLISHED, PostState.TAKEN_BACK):
        bump_version(session)
    told = {name: fact for name, fact in facts.items() if name != "text"}
    audit(session, actor_id, f"post.{kind}", "post", post.id, told, now=now)
