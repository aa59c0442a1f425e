"""One post as everybody reads it, with its pictures, the goods in it, and what else there is to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.cards import Card, cards_of, read_cards
from shop.catalogue.models import PictureState, Product, ProductStatus, Variant, Village
from shop.catalogue.picture_names import Picture
from shop.inventory.models import Lot
from shop.kit.errors import NotFound
from shop.kit.text import msg, tidy
from shop.stories.models import Post, PostKind, PostLot, PostPicture, PostProduct, PostReaders
from shop.stories.public_list import NEWEST_FIRST, PostCard, cards, is_shown

RELATED: Final = 3
FEED_LENGTH: Final = 30
_SHARED_GOODS, _SAME_VILLAGE, _SAME_KIND = 4, 2, 1


class NoSuchPost(NotFound):
    code = "no_such_post"
    default_message = msg("This story is not here, or not any more.")


class ShownPicture(NamedTuple):
    picture: Picture
    alt_zh: str
    alt_en: str
    width: int
    height: int


class ShownLot(NamedTuple):
    id: int
    code: str
    goods_zh: str
    goods_en: str
    harvested_on: date | None
    packed_on: date | None


class Article(NamedTuple):
    id: int
    slug: str
    kind: PostKind
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    author_name: str
    published_at: datetime
    changed_at: datetime
    village_slug: str | None
    village_name_zh: str | None
    village_name_en: str | None
    readers: int
    pictures: Sequence[ShownPicture] = ()


class FeedPost(NamedTuple):
    """What a feed says of one post."""

    slug: str
    kind: PostKind
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    author_name: str
    published_at: datetime
    changed_at: datetime
    picture_key: str | None
    alt_zh: str | None
    alt_en: str | None


class Place(NamedTuple):
    """One page in a list for search engines."""

    slug: str
    changed_at: datetime


_READERS: Final = (
    sa.select(sa.func.coalesce(sa.func.sum(PostReaders.readers), 0))
    .where(PostReaders.post_id == Post.id)
    .correlate(Post)
    .scalar_subquery()
)
_ARTICLE: Final = (
    *(Post.id, Post.slug, Post.kind, Post.title_zh, Post.title_en, Post.text_zh, Post.text_en),
    *(Post.author_name, Post.published_at, Post.changed_at),
    *(Village.slug, Village.name_zh, Village.name_en, _READERS),
)


def read_article(session: Session, slug: str, *, now: datetime) -> Article:
    """Two statements. Raises NoSuchPost."""
    return _read(session, sa.and_(Post.slug == tidy(slug), is_shown(now)))


def preview_article(session: Session, post_id: int, *, now: datetime) -> Article:
    """As it would be read, whatever its state; without a date, as if it were published now. Raises NotFound."""
    found = _read(session, Post.id == post_id)
    return found if found.published_at else found._replace(published_at=now)


def goods_of(session: Session, post_id: int) -> list[Card]:
    """What of it can be bought. One statement."""
    chosen = (
        sa.select(PostProduct.product_id)
        .join(Product, Product.id == PostProduct.product_id)
        .where(PostProduct.post_id == post_id, Product.status == ProductStatus.PUBLISHED)
        .subquery()
    )
    return read_cards(session, cards_of(chosen).order_by(chosen.c.product_id))


def lots_of(session: Session, post_id: int) -> Sequence[ShownLot]:
    """One statement."""
    statement = (
        sa.select(Lot.id, Lot.code, Product.name_zh, Product.name_en, Lot.harvested_on, Lot.packed_on)
        .join(PostLot, PostLot.lot_id == Lot.id)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(PostLot.post_id == post_id)
        .order_by(Lot.id)
    )
    return [ShownLot(*row) for row in session.execute(statement)]


def related_to(session: Session, post: Article, *, now: datetime) -> Sequence[PostCard]:
    """Those that speak of the same goods before those of the same village, and those before its kind. One statement."""
    other = PostProduct.__table__.alias("other_goods").c
    shares = sa.exists().where(
        other.post_id == Post.id,
        other.product_id.in_(sa.select(PostProduct.product_id).where(PostProduct.post_id == post.id)),
    )
    score = (
        sa.case((shares, _SHARED_GOODS), else_=0)
        + sa.case((Village.slug == (post.village_slug or ""), _SAME_VILLAGE), else_=0)
        + sa.case((Post.kind == post.kind, _SAME_KIND), else_=0)
    )
    statement = (
        cards()
        .where(is_shown(now), Post.id != post.id, score > 0)
        .order_by(score.desc(), *NEWEST_FIRST)
        .limit(RELATED)
    )
    return [PostCard._make(row) for row in session.execute(statement)]


def feed_version(session: Session, *, now: datetime) -> tuple[int, datetime | None]:
    """How many there are and when one changed last: what a feed is known by. One statement."""
    row = session.execute(sa.select(sa.func.count(), sa.func.max(Post.changed_at)).where(is_shown(now))).one()
    return row[0], row[1]


def feed_posts(session: Session, *, now: datetime) -> Sequence[FeedPost]:
    """The newest thirty, each with its first picture. One statement."""
    first = (
        sa.select(PostPicture.id)
        .where(PostPicture.post_id == Post.id, PostPicture.state == PictureState.READY)
        .order_by(PostPicture.position, PostPicture.id)
        .limit(1)
        .correlate(Post)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            *(Post.slug, Post.kind, Post.title_zh, Post.title_en, Post.text_zh, Post.text_en),
            *(Post.author_name, Post.published_at, Post.changed_at),
            *(PostPicture.key, PostPicture.alt_zh, PostPicture.alt_en),
        )
        .outerjoin(PostPicture, PostPicture.id == first)
        .where(is_shown(now))
        .order_by(*NEWEST_FIRST)
        .limit(FEED_LENGTH)
    )
    return [FeedPost._make(row) for row in session.execute(statement)]


def places_of_posts(session: Session, *, now: datetime, most: int) -> Iterator[Place]:
    """For search engines, the newest first. One statement."""
    statement = sa.select(Post.slug, Post.changed_at).where(is_shown(now)).order_by(*NEWEST_FIRST).limit(most)
    return map(Place._make, session.execute(statement))


def _read(session: Session, which: sa.ColumnElement[bool]) -> Article:
    statement = sa.select(*_ARTICLE).select_from(Post).outerjoin(Village, Village.id == Post.village_id)
    row = session.execute(statement.where(which)).first()
    if row is None:
        raise NoSuchPost()
    values: list[Any] = list(row)
    readers = int(values.pop())
    return Article._make([*values, readers, _pictures(session, row.id)])


def _pictures(session: Session, post_id: int) -> Sequence[ShownPicture]:
    statement = (
        sa.select(
            *(PostPicture.key, PostPicture.alt_zh, PostPicture.alt_en), PostPicture.width, PostPicture.height
        )
        .where(PostPicture.post_id == post_id, PostPicture.state == PictureState.READY)
        .order_by(PostPicture.position, PostPicture.id)
    )
    return [
        ShownPicture(Picture(key, alt_zh, alt_en), alt_zh, alt_en, width or 1280, height or 960)
        for key, alt_zh, alt_en, width, height in session.execute(statement)
    ]
