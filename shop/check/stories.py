"""A story's history leads to what it says now, and what is shown has a text and goods that can be looked at."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule
from shop.stories.models import Post, PostEvent, PostState

_written = (
    sa.select(
        PostEvent.post_id,
        sa.func.count().label("events"),
        sa.func.max(PostEvent.version).label("newest"),
    )
    .group_by(PostEvent.post_id)
    .subquery()
)

RULES = (
    rule(
        "story: its history has every version",
        sa.select(
            Post.slug,
            Post.version,
            or_nothing(_written.c.events).label("events"),
            or_nothing(_written.c.newest).label("newest"),
        )
        .outerjoin(_written, _written.c.post_id == Post.id)
        .where(
            sa.or_(
                or_nothing(_written.c.events) != Post.version, or_nothing(_written.c.newest) != Post.version
            )
        ),
        "story {slug}",
        "is version {version}, its history has {events} up to {newest}",
    ),
    rule(
        "story: what is shown has a text and a date",
        sa.select(Post.slug).where(
            Post.state == PostState.PUBLISHED,
            sa.or_(Post.text_zh == "", Post.published_at.is_(None)),
        ),
        "story {slug}",
        "is published without a text or a date",
    ),
)
