"""How many people read a post: a number a day, and nothing of who they were.

A page says so by itself once somebody has it before their eyes (`/stories/<slug>/read`); looking at it writes
nothing, and neither do robots, which run no script or say what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from shop.kit.clock import shanghai_date
from shop.kit.errors import NotFound
from shop.stories.models import Post, PostReaders
from shop.stories.public_list import is_shown

DAYS_SHOWN: Final = 30


def count_reader(session: Session, slug: str, *, now: datetime) -> int:
    """One reader more today; returns how many it has had. One conditional write, exact however many come together.

    Raises NotFound for what is not shown.
    """
    post_id = _shown(session, slug, now)
    connection = session.connection()
    row = {"post_id": post_id, "day": shanghai_date(now), "readers": 1}
    connection.execute(_ONE_MORE[connection.dialect.name], row)
    return readers_of(session, post_id)


def readers_of_slug(session: Session, slug: str, *, now: datetime) -> int:
    """As `count_reader`, without counting."""
    return readers_of(session, _shown(session, slug, now))


def readers_of(session: Session, post_id: int) -> int:
    total = sa.select(sa.func.sum(PostReaders.readers)).where(PostReaders.post_id == post_id)
    return int(session.scalar(total) or 0)


def trend_of(session: Session, post_id: int, *, now: datetime) -> Sequence[tuple[date, int]]:
    """Of each of the last thirty days, also those without a reader. One statement."""
    today = shanghai_date(now)
    days = [today - timedelta(days=back) for back in range(DAYS_SHOWN - 1, -1, -1)]
    statement = sa.select(PostReaders.day, PostReaders.readers).where(
        PostReaders.post_id == post_id, PostReaders.day >= days[0]
    )
    found = {row.day: row.readers for row in session.execute(statement)}
    return [(day, found.get(day, 0)) for day in days]


def _shown(session: Session, slug: str, now: datetime) -> int:
    post_id = session.scalar(sa.select(Post.id).where(Post.slug == slug, is_shown(now)))
    if post_id is None:
        raise NotFound()
    return post_id


def _one_more(insert: Callable[[Any], Any]) -> sa.Executable:
    table = PostReaders.__table__
    upsert = insert(table)
    statement: sa.Executable = upsert.on_conflict_do_update(
        index_elements=["post_id", "day"], set_={"readers": table.c.readers + 1}
    )
    return statement


_ONE_MORE: Final = {"postgresql": _one_more(postgresql_insert), "sqlite": _one_more(sqlite_insert)}
