"""Posts as those see them who write them: lists, one with its history, and who may be its author."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from shop.accounts.models import User, UserRole
from shop.catalogue.models import Village
from shop.kit.errors import NotFound
from shop.storage.paging import First, Page, read_first, read_page
from shop.stories.access import PostReach
from shop.stories.models import Post, PostEvent, PostKind, PostReaders, PostState
from shop.stories.writing import AUTHORS


@dataclass(frozen=True)
class FoundPost:
    id: int
    kind: PostKind
    state: PostState
    title_zh: str
    title_en: str
    has_english: bool
    village_zh: str | None
    village_en: str | None
    author_name: str
    published_at: datetime | None
    changed_at: datetime
    readers: int


def find_posts(
    session: Session,
    reach: PostReach,
    *,
    state: PostState | None = None,
    kind: PostKind | None = None,
    village_id: int | None = None,
    q: str = "",
    page: int = 1,
) -> Page[FoundPost]:
    """What changed last first. Two statements."""
    readers = (
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(PostReaders.readers), 0), sa.BigInteger))
        .where(PostReaders.post_id == Post.id)
        .correlate(Post)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *(Post.id, Post.kind, Post.state, Post.title_zh, Post.title_en, Post.text_en != ""),
            *(
                Village.name_zh,
                Village.name_en,
                Post.author_name,
                Post.published_at,
                Post.changed_at,
                readers,
            ),
        )
        .select_from(Post)
        .outerjoin(Village, Village.id == Post.village_id)
        .where(reach.holds())
        .order_by(Post.changed_at.desc(), Post.id.desc())
    )
    if state is not None:
        statement = statement.where(Post.state == state)
    if kind is not None:
        statement = statement.where(Post.kind == kind)
    if village_id is not None:
        statement = statement.where(Post.village_id == village_id)
    if q:
        said = (Post.title_zh, Post.title_en, Post.text_zh, Post.text_en, Post.author_name)
        statement = statement.where(sa.or_(*(column.icontains(q, autoescape=True) for column in said)))
    found = read_page(session, statement, number=page)
    return found.map(lambda row: FoundPost(*row))


def first_offered(session: Session, *, most: int) -> First[tuple[int, str, str, datetime]]:
    """Those that wait for the team, the oldest first: id, title, village, since when. One statement."""
    statement = (
        sa.select(Post.id, Post.title_zh, sa.func.coalesce(Village.name_zh, ""), Post.changed_at)
        .select_from(Post)
        .outerjoin(Village, Village.id == Post.village_id)
        .where(Post.state == PostState.OFFERED)
        .order_by(Post.changed_at, Post.id)
    )
    return read_first(session, statement, most=most)


def read_post(session: Session, post_id: int, reach: PostReach) -> Post:
    """With its pictures and history. Four statements at most. Raises NotFound."""
    statement = (
        sa.select(Post)
        .where(Post.id == post_id, reach.holds())
        .options(
            joinedload(Post.village),
            joinedload(Post.author).load_only(User.name),
            selectinload(Post.pictures),
            selectinload(Post.events).joinedload(PostEvent.actor).load_only(User.name),
        )
    )
    post = session.scalar(statement)
    if post is None:
        raise NotFound()
    return post


def villages_in(session: Session, reach: PostReach) -> Sequence[tuple[int, str, str]]:
    """Of which somebody may write: id and name in both languages."""
    statement = sa.select(Village.id, Village.name_zh, Village.name_en).order_by(Village.id)
    if not reach.everything:
        statement = statement.where(Village.id.in_(reach.village_ids))
    return [(village_id, zh, en) for village_id, zh, en in session.execute(statement)]


def possible_authors(session: Session, *, also: Collection[int] = ()) -> Sequence[tuple[int, str]]:
    """The team and the coordinators, and who is named already: id and name."""
    writes = sa.exists().where(UserRole.user_id == User.id, UserRole.role.in_(AUTHORS))
    statement = (
        sa.select(User.id, User.name)
        .where(sa.or_(sa.and_(User.active, writes), User.id.in_(also)))
        .order_by(User.name, User.id)
    )
    return [(user_id, name) for user_id, name in session.execute(statement)]
