"""Whose posts somebody works on: the team on all, a coordinator on those of own villages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.errors import Conflict, NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row
from shop.stories.models import Post, PostState

HANDED_IN: Final = msg(
    "It is with the team or was shown already, so the team changes it. Take it back to write on."
)


@dataclass(frozen=True)
class PostReach:
    village_ids: Collection[int] = ()
    everything: bool = False

    def holds(self) -> sa.ColumnElement[bool]:
        return sa.true() if self.everything else Post.village_id.in_(self.village_ids)

    def has_village(self, village_id: int | None) -> bool:
        return self.everything or village_id in self.village_ids


TEAM: Final = PostReach(everything=True)


def lock_post(session: Session, post_id: int, reach: PostReach) -> Post:
    """As it is now, until the commit. Raises NotFound for an absent one and for another village's."""
    post = lock_row(session, LockRank.POST, sa.select(Post).where(Post.id == post_id, reach.holds()))
    if post is None:
        raise NotFound()
    return post


def lock_to_change(session: Session, post_id: int, reach: PostReach) -> Post:
    """A coordinator changes drafts alone. Raises NotFound, Conflict."""
    post = lock_post(session, post_id, reach)
    if not may_change(post, reach):
        raise Conflict(HANDED_IN)
    return post


def may_change(post: Post, reach: PostReach) -> bool:
    return reach.everything or post.state is PostState.DRAFT
