"""On each side a draft of its village, one that is with the team, and one that everybody reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.stories.access import TEAM
from shop.stories.models import Post, PostKind, PostPicture
from shop.stories.publishing import offer_post, publish_post
from shop.stories.writing import PostWords, write_post

STAGES: Final = ("draft", "offered", "shown", "taken")
READ: Final = "safe-story-{}"  # the address of the one that everybody reads, by side


def plant_posts(session: Session, world: Any, sides: dict[str, Any], now: datetime) -> dict[str, Any]:
    """By side the numbers of its posts by their stage, and two of their pictures, which wait for the worker."""
    posts: dict[str, Any] = {}
    admin = world.users["admin"]
    for key, side in sides.items():
        author = world.users[side.coordinator]
        words = PostWords(
            kind=PostKind.HARVEST,
            title_zh="初霜",
            title_en="First frost",
            text_zh="下霜了。",
            text_en="It froze.",
            village_id=world.villages[side.village],
            author_id=author,
            author_name="陈书记",
        )
        made = {
            stage: write_post(session, words, token=f"{key}-{stage}", reach=TEAM, actor_id=author, now=now)
            for stage in STAGES
        }
        offer_post(session, made["offered"], reach=TEAM, actor_id=author, now=now)
        for stage in ("shown", "taken"):
            publish_post(session, made[stage], now, actor_id=admin, now=now)
        address = sa.update(Post).where(Post.id == made["shown"]).values(slug=READ.format(key))
        session.execute(address.execution_options(synchronize_session=False))
        pictures = {
            f"{stage}_picture": PostPicture(
                post_id=made[stage], key=f"{key}{place}" * 16, alt_zh="霜打的菜", created_at=now
            )
            for place, stage in enumerate(("draft", "shown"))
        }
        session.add_all(pictures.values())
        session.flush()
        posts[key] = made | {name: picture.id for name, picture in pictures.items()}
    return {"posts": posts}
