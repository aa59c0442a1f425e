"""Posts as everybody reads them: lists, and the newest of each village. Nothing that is not out yet is in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import PictureState, Product, Village
from shop.catalogue.picture_names import Picture
from shop.storage.paging import Page, read_page
from shop.stories.models import Post, PostKind, PostPicture, PostProduct, PostState

PAGE_SIZE: Final = 12
NEWEST: Final = 3
_LEAD: Final = 400  # characters of Markdown that a list reads of a text


def is_shown(now: datetime) -> sa.ColumnElement[bool]:
    """Published, and its moment has come."""
    return sa.and_(Post.state == PostState.PUBLISHED, Post.published_at <= now)


class PostCard(NamedTuple):
    """A post in a list. `family` is the drawing that stands for one without a picture."""

    id: int
    slug: str
    kind: PostKind
    title_zh: str
    title_en: str
    lead_zh: str
    lead_en: str
    published_at: datetime
    author_name: str
    village_slug: str | None
    village_name_zh: str | None
    village_name_en: str | None
    picture_key: str | None
    family: str | None

    @property
    def picture(self) -> Picture | None:
        return Picture(self.picture_key) if self.picture_key else None


class PostVillage(NamedTuple):
    """A village of which there is something to read."""

    slug: str
    name_zh: str
    name_en: str


_FIRST_PICTURE: Final = (
    sa.select(PostPicture.key)
    .where(PostPicture.post_id == Post.id, PostPicture.state == PictureState.READY)
    .order_by(PostPicture.position, PostPicture.id)
    .limit(1)
    .correlate(Post)
    .scalar_subquery()
)
_FAMILY: Final = (
    sa.select(Product.family)
    .join(PostProduct, PostProduct.product_id == Product.id)
    .where(PostProduct.post_id == Post.id)
    .order_by(Product.id)
    .limit(1)
    .correlate(Post)
    .scalar_subquery()
)
CARD: Final = (
    *(Post.id, Post.slug, Post.kind, Post.title_zh, Post.title_en),
    *(sa.func.substr(Post.text_zh, 1, _LEAD), sa.func.substr(Post.text_en, 1, _LEAD)),
    *(Post.published_at, Post.author_name, Village.slug, Village.name_zh, Village.name_en),
    *(_FIRST_PICTURE, _FAMILY),
)
NEWEST_FIRST: Final = (Post.published_at.desc(), Post.id.desc())


def cards() -> sa.Select[*tuple[Any, ...]]:
    """The columns of a card; the caller says which."""
    return sa.select(*CARD).select_from(Post).outerjoin(Village, Village.id == Post.village_id)


def list_posts(
    session: Session, *, kind: PostKind | None = None, village: str = "", page: int = 1, now: datetime
) -> Page[PostCard]:
    """The newest first. Two statements."""
    statement = cards().where(is_shown(now)).order_by(*NEWEST_FIRST)
    if kind is not None:
        statement = statement.where(Post.kind == kind)
    if village:
        statement = statement.where(Village.slug == village)
    return read_page(session, statement, number=page, size=PAGE_SIZE).map(PostCard._make)


def villages_with_posts(session: Session, *, now: datetime) -> Sequence[PostVillage]:
    """One statement."""
    told = sa.exists().where(Post.village_id == Village.id, is_shown(now))
    statement = sa.select(Village.slug, Village.name_zh, Village.name_en).where(told).order_by(Village.id)
    return [PostVillage(*row) for row in session.execute(statement)]


class Newest(NamedTuple):
    """The last few of all, and of each village by its slug."""

    posts: Sequence[PostCard] = ()
    by_village: dict[str, list[PostCard]] = {}  # noqa: RUF012  never changed: read once a minute, and shown


def newest_posts(session: Session, *, now: datetime) -> Newest:
    """In one statement, for the home page and the pages of goods and villages."""
    ranks = (
        sa.select(
            Post.id,
            sa.func.row_number().over(order_by=NEWEST_FIRST).label("of_all"),
            sa.func.row_number()
            .over(partition_by=Post.village_id, order_by=NEWEST_FIRST)
            .label("of_village"),
        )
        .where(is_shown(now))
        .subquery()
    )
    statement = (
        cards()
        .join(ranks, ranks.c.id == Post.id)
        .where(sa.or_(ranks.c.of_all <= NEWEST, ranks.c.of_village <= NEWEST))
        .order_by(*NEWEST_FIRST)
    )
    found = [PostCard._make(row) for row in session.execute(statement)]
    by_village: dict[str, list[PostCard]] = {}
    for one in found:
        if one.village_slug:
            by_village.setdefault(one.village_slug, []).append(one)
    return Newest(found[:NEWEST], {slug: told[:NEWEST] for slug, told in by_village.items()})
