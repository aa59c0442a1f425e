"""Six stories of the villages, with the shop's own drawings: one of them in Chinese alone, one still with the team."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, User, UserRole
from shop.catalogue.models import Product, ProductStatus, Village, VillageCoordinator
from shop.kit.clock import shanghai_date
from shop.storage.media import MediaStore
from shop.storage.unit_of_work import UnitOfWork
from shop.stories.access import TEAM
from shop.stories.goods import choices_of, choose_goods
from shop.stories.models import Post, PostKind, PostReaders
from shop.stories.pictures import PictureUpload, add_picture, make_post_pictures_ready
from shop.stories.publishing import offer_post, publish_post
from shop.stories.writing import PostWords, write_post

_DRAWINGS: Final = Path(__file__).resolve().parent.parent / "static" / "share"
_TEXTS: Final = Path(__file__).with_name("story_texts")
_READ_DAYS: Final = 20


@dataclass(frozen=True)
class Told:
    """`family` finds its goods and their village; not `published`: with the team."""

    name: str
    kind: PostKind
    family: str
    drawings: tuple[tuple[str, str, str], ...]
    days_ago: int
    readers: int
    published: bool = True


TOLD: Final = (
    Told(
        *("first-tea", PostKind.HARVEST, "tea"),
        (
            ("tea", "一把刚炒好的绿茶", "Green tea fresh from the pan"),
            ("basket", "装茶的竹篮", "A basket for tea"),
        ),
        *(41, 312),
    ),
    Told(
        *("drying-woodear", PostKind.CRAFT, "woodear"),
        (("woodear", "晒场上的木耳", "Wood-ear on the drying ground"),),
        *(28, 187),
    ),
    Told(
        *("students-visit", PostKind.VISIT, "shiitake"),
        (
            ("shiitake", "大棚里的香菇", "Shiitake in the greenhouse"),
            ("basket", "装满的竹篮", "A full basket"),
        ),
        *(19, 254),
    ),
    Told(
        *("winter-honey", PostKind.HARVEST, "honey"),
        (("honey", "一罐土蜂蜜", "A jar of honey"),),
        *(11, 143),
    ),
    Told(
        *("truck-goes-twice", PostKind.SHOP, "gift"),
        (("gift", "准备上车的礼盒", "Gift boxes ready for the truck"),),
        *(4, 96),
    ),
    Told(
        *("black-chickens", PostKind.VILLAGE, "chicken"),
        (("chicken", "林下散养的乌鸡", "Black-bone chickens under the trees"),),
        *(1, 0),
        published=False,
    ),
)


def tell(unit_of_work: UnitOfWork, store: MediaStore, *, now: datetime) -> None:
    """Once: a shop in which stories are told gets no others."""
    if unit_of_work.run(lambda session: session.scalar(sa.select(sa.func.count(Post.id)))):
        return
    for told in TOLD:
        post_id = unit_of_work.run(partial(_write, told=told, now=now - timedelta(days=told.days_ago)))
        if post_id is not None:
            _add_drawings(unit_of_work, store, told, post_id, now)
            unit_of_work.run(partial(_finish, told=told, post_id=post_id, now=now))
    while make_post_pictures_ready(unit_of_work, store):
        pass


def _write(session: Session, told: Told, now: datetime) -> int | None:
    admin = _admin(session)
    village = None if told.kind is PostKind.SHOP else _village(session, told.family)
    if admin is None:
        return None
    title_zh, text_zh = _text(told.name, "zh")
    title_en, text_en = _text(told.name, "en")
    author, name = _coordinator(session, village) if village is not None else (None, "")
    words = PostWords(told.kind, title_zh, title_en, text_zh, text_en, village, author, name)
    actor = author if author is not None and not told.published else admin
    return write_post(session, words, token=f"demo-{told.name}", reach=TEAM, actor_id=actor, now=now)


def _add_drawings(
    unit_of_work: UnitOfWork, store: MediaStore, told: Told, post_id: int, now: datetime
) -> None:
    admin = unit_of_work.run(_admin)
    for place, (drawing, alt_zh, alt_en) in enumerate(told.drawings):
        content = (_DRAWINGS / f"{drawing}.png").read_bytes()
        upload = PictureUpload(post_id, content, f"demo-{told.name}-{place}", alt_zh, alt_en)
        add_picture(
            unit_of_work,
            store,
            upload,
            reach=TEAM,
            actor_id=admin or 0,
            now=now - timedelta(days=told.days_ago),
        )


def _finish(session: Session, told: Told, post_id: int, now: datetime) -> None:
    """Link what it tells of, publish it, and let somebody read it."""
    admin, at = _admin(session) or 0, now - timedelta(days=told.days_ago)
    post = session.get_one(Post, post_id)
    wanted = set(session.scalars(_of_family(told.family)))
    offered = choices_of(session, post)
    goods = [one.id for one in offered.goods if one.id in wanted][:3]
    names = {one.name_zh for one in offered.goods if one.id in goods}
    harvested = [one.id for one in offered.lots if one.goods_zh in names and one.harvested_on]
    lots = harvested[:1] if told.kind is PostKind.HARVEST else []
    choose_goods(session, post_id, goods, lots, reach=TEAM, actor_id=admin, now=at)
    if not told.published:
        offer_post(session, post_id, reach=TEAM, actor_id=post.author_id or admin, now=at)
        return
    publish_post(session, post_id, at, actor_id=admin, now=at)
    session.add_all(_readers(told, post_id, now))


def _readers(told: Told, post_id: int, now: datetime) -> Iterator[PostReaders]:
    """The newer the story, the more of its readers came in the last days."""
    random = Random(told.name)  # noqa: S311  a made-up number is no secret
    days = min(told.days_ago, _READ_DAYS)
    for back in range(days + 1):
        readers = max(1, told.readers * (back + 1) * 2 // ((days + 1) * (days + 2)) + random.randint(-2, 2))
        yield PostReaders(post_id=post_id, day=shanghai_date(now - timedelta(days=back)), readers=readers)


def _of_family(family: str) -> sa.Select[int]:
    return sa.select(Product.id).where(Product.family == family, Product.status == ProductStatus.PUBLISHED)


def _village(session: Session, family: str) -> int | None:
    """Where most goods of this family are from."""
    from_there = sa.select(Product.village_id).where(
        Product.family == family, Product.status == ProductStatus.PUBLISHED, Product.village_id.is_not(None)
    )
    return session.scalar(from_there.order_by(Product.recommended.desc(), Product.id).limit(1))


def _coordinator(session: Session, village_id: int) -> tuple[int | None, str]:
    statement = (
        sa.select(User.id, User.name, Village.name_zh)
        .join(VillageCoordinator, VillageCoordinator.user_id == User.id)
        .join(Village, Village.id == VillageCoordinator.village_id)
        .where(Village.id == village_id, User.active)
        .order_by(User.id)
        .limit(1)
    )
    row = session.execute(statement).first()
    return (None, "") if row is None else (row[0], f"{row[1].partition('（')[0]}（{row[2]}）"[:40])


def _admin(session: Session) -> int | None:
    return session.scalar(sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.ADMIN))


def _text(name: str, language: str) -> tuple[str, str]:
    """The first line is the title; a story that is told in one language has one file."""
    file = _TEXTS / f"{name}.{language}.md"
    if not file.exists():
        return "", ""
    title, _, text = file.read_text("utf-8").partition("\n")
    return title.removeprefix("# ").strip(), text.strip()
