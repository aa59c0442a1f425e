"""More households and buyers than the seed has, so that a demo can be as large as the real county."""

from __future__ import annotations

from datetime import datetime
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, Producer, ProducerKind, Village
from shop.demo.rows import Rows
from shop.demo.world import Source, World
from shop.inventory.allocation import Share
from shop.inventory.models import WHOLE_BP

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁任沈"
)
PINYIN = [
    "Wang",
    "Li",
    "Zhang",
    "Liu",
    "Chen",
    "Yang",
    "Huang",
    "Zhao",
    "Wu",
    "Zhou",
    "Xu",
    "Sun",
    "Ma",
    "Zhu",
    "Hu",
    "Guo",
    "He",
    "Lin",
    "Gao",
    "Luo",
    "Zheng",
    "Liang",
    "Xie",
    "Song",
    "Tang",
    "Xu",
    "Deng",
    "Feng",
    "Han",
    "Cao",
    "Zeng",
    "Peng",
    "Xiao",
    "Cai",
    "Pan",
    "Tian",
    "Dong",
    "Yuan",
    "Yu",
    "Yu",
    "Ye",
    "Jiang",
    "Du",
    "Su",
    "Wei",
    "Cheng",
    "Lü",
    "Ding",
    "Ren",
    "Shen",
]
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国志红春梅"


def add_households(
    session: Session, world: World, rows: Rows, wanted: int, random: Random, now: datetime
) -> None:
    """Fill up to `wanted` households, spread over the villages, each supplying a few ordinary variants."""
    villages = session.execute(sa.select(Village.id, Village.slug, Village.packing_place_id)).all()
    supplied = [one for one in world.variants if not one.components and one.id in world.sources]
    for number in range(len(world.people) + 1, wanted + 1):
        village = villages[number % len(villages)]
        place = random.randrange(len(PINYIN))
        alias_zh, alias_en = f"{SURNAMES[place]}师傅家{number}", f"{PINYIN[place]} family {number}"
        people = random.choices((1, 2, 3, 4, 5, 6), weights=(8, 22, 26, 24, 13, 7))[0]
        household_id = rows.add(
            Household,
            slug=f"demo-{village.slug}-{number}",
            village_id=village.id,
            alias_zh=alias_zh,
            alias_en=alias_en,
            people=people,
            consented_at=now,
        )
        producer_id = rows.add(
            Producer,
            slug=f"demo-{village.slug}-{number}",
            kind=ProducerKind.HOUSEHOLD,
            village_id=village.id,
            household_id=household_id,
            name_zh=alias_zh,
            name_en=alias_en,
        )
        world.people[household_id] = people
        world.home[household_id] = village.id
        source = Source(producer_id, village.id, village.packing_place_id, (Share(household_id, WHOLE_BP),))
        for variant in random.sample(supplied, k=min(2, len(supplied))):
            world.sources[variant.id].append(source)


def add_buyers(world: World, rows: Rows, wanted: int, random: Random, now: datetime) -> None:
    """People who bought. They have no password: nobody can sign in as them."""
    for number in range(len(world.buyer_ids) + 1, wanted + 1):
        name = random.choice(SURNAMES) + "".join(random.sample(GIVEN, k=random.choice((1, 2))))
        world.buyer_ids.append(
            rows.add(
                User,
                email=f"buyer-{number:05d}@demo.example",
                name=name,
                fs_uniquifier=f"demo-buyer-{number:05d}",
                active=True,
                unit_id=random.choice(world.unit_ids) if world.unit_ids else None,
                created_at=now,
            )
        )
