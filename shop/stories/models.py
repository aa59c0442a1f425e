"""Posts of news and stories. What was published once is never deleted: it is taken back, with a reason."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop.accounts.models import User
from shop.catalogue.models import PictureState, Village
from shop.storage.base import Base, PrimaryKey


class PostKind(StrEnum):
    VILLAGE = "village"  # news of a village
    HARVEST = "harvest"
    VISIT = "visit"  # somebody of the campus was there, or the village came to the campus
    CRAFT = "craft"  # how something is made
    SHOP = "shop"  # news of the shop itself


class PostState(StrEnum):
    DRAFT = "draft"
    OFFERED = "offered"  # a coordinator has finished it; the team looks at it
    PUBLISHED = "published"  # everybody reads it from `published_at` on
    TAKEN_BACK = "taken_back"  # nobody reads it any more, with a reason


class Post(Base):
    """Titles and texts in Chinese, and in English where somebody wrote it."""

    __tablename__ = "posts"
    __table_args__ = (
        sa.CheckConstraint("title_zh <> ''", name="has_a_title"),
        sa.CheckConstraint(
            "state NOT IN ('published', 'taken_back') OR published_at IS NOT NULL",
            name="published_at_a_moment",
        ),
        sa.CheckConstraint("state <> 'taken_back' OR reason <> ''", name="taken_back_for_a_reason"),
        sa.Index("ix_posts_shown", "state", "published_at", "id"),
        sa.Index("ix_posts_of_village", "village_id", "state", "published_at"),
    )

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)  # made once, for the post's address
    kind: Mapped[PostKind]
    state: Mapped[PostState] = mapped_column(default=PostState.DRAFT)
    title_zh: Mapped[str] = mapped_column(sa.String(80))
    title_en: Mapped[str] = mapped_column(sa.String(160), default="")
    text_zh: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    text_en: Mapped[str] = mapped_column(sa.Text, default="")
    village_id: Mapped[int | None] = mapped_column(sa.ForeignKey("villages.id"))
    author_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[str] = mapped_column(sa.String(40), default="")  # as readers see it
    published_at: Mapped[datetime | None]  # may lie ahead: the clock publishes it then
    reason: Mapped[str] = mapped_column(sa.String(300), default="")  # why it was sent or taken back
    version: Mapped[int] = mapped_column(default=1)  # raised by every change
    token: Mapped[str] = mapped_column(
        sa.String(64), unique=True
    )  # of the form: sent twice, it is written once
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    village: Mapped[Village | None] = relationship(lazy="raise")
    author: Mapped[User | None] = relationship(lazy="raise")
    pictures: Mapped[list[PostPicture]] = relationship(
        lazy="raise", order_by="PostPicture.position, PostPicture.id"
    )
    events: Mapped[list[PostEvent]] = relationship(lazy="raise", order_by="PostEvent.id.desc()")


class PostPicture(Base):
    """Uploaded, and made anew by the worker as product photos are: nothing but its pixels is left."""

    __tablename__ = "post_pictures"

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)  # of the form that sent it; the file's name
    alt_zh: Mapped[str] = mapped_column(sa.String(120))
    alt_en: Mapped[str] = mapped_column(sa.String(160), default="")
    position: Mapped[int] = mapped_column(default=0)
    state: Mapped[PictureState] = mapped_column(default=PictureState.PROCESSING, index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[datetime]


class PostProduct(Base):
    """Goods that a post speaks of; readers can buy them there."""

    __tablename__ = "post_products"

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(
        sa.ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PostLot(Base):
    """Lots that a post speaks of: a harvest, say."""

    __tablename__ = "post_lots"

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(
        sa.ForeignKey("lots.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class PostEvent(Base):
    """What became of a post, who did it, and what it said from then on."""

    __tablename__ = "post_events"
    __table_args__ = (sa.UniqueConstraint("post_id", "version"),)

    id: Mapped[PrimaryKey]
    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"))
    version: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(sa.String(40))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id", ondelete="SET NULL"))
    facts: Mapped[dict[str, Any]]

    actor: Mapped[User | None] = relationship(lazy="raise")


class PostReaders(Base):
    """How many readers a post had on one day in Shanghai, and nothing of who they were."""

    __tablename__ = "post_readers"
    __table_args__ = (sa.CheckConstraint("readers > 0", name="somebody"),)

    post_id: Mapped[int] = mapped_column(sa.ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    readers: Mapped[int]
