"""In what state a post is for its readers: one that is published for a moment ahead is not out yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import Flask

from shop.kit.clock import utc_now
from shop.stories.models import PostState

PLANNED: Final = "planned"


def post_look(post: Any, now: datetime) -> str:
    """A status of the kind `post`."""
    if post.state is PostState.PUBLISHED and post.published_at is not None and post.published_at > now:
        return PLANNED
    return str(post.state)


def register(app: Flask) -> None:
    app.jinja_env.filters["post_look"] = lambda post: post_look(post, utc_now())
