"""More households and buyers than the seed has, so that a demo can be as large as the real county."""

from __future__ import annotations

from datetime import datetime
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Household, Producer, ProducerKind, Village
from shop.demo.people import Buyer
from shop.demo.rows import Rows
from shop.demo.sources import Source
from shop.demo.world import World
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
    supplied = [one.id for one in world.goods.values() if not one.is_box and one.id in world.sources]
    for number in range(len(world.heads) + 1, wanted + 1):
        village = villages[number % len(villages)]
        place = random.randrange(len(PINYIN))
        slug = f"demo-{village.slug}-{number}"
        names = {"zh": f"{SURNAMES[place]}师傅家 {number}", "en": f"{PINYIN[place]} family {number}"}
        heads = random.choices((1, 2, 3, 4, 5, 6), weights=(8, 22, 26, 24, 13, 7))[0]
        household_id = rows.add(
            Household,
            slug=slug,
            village_id=village.id,
            alias_zh=names["zh"],
            alias_en=names["en"],
            people=heads,
            consented_at=now,
        )
        producer_id = rows.add(
            Producer,
            slug=slug,
            kind=ProducerKind.HOUSEHOLD,
            village_id=village.id,
            household_id=household_id,
            name_zh=names["zh"],
            name_en=names["en"],
        )
        world.heads[household_id], world.home[household_id] = heads, village.id
        source = Source(producer_id, village.id, village.packing_place_id, (Share(household_id, WHOLE_BP),))
        for variant_id in random.sample(supplied, k=min(2, len(supplied))):
            world.sources[variant_id].append(source)


def add_buyers(world: World, rows: Rows, wanted: int, random: Random, now: datetime) -> None:
    """People who bought. They have no password: nobody can sign in as them."""
    known = world.people.made_up
    for number in range(len(known) + 1, wanted + 1):
        name, phone = a_name(random), a_phone(random)
        unit_id = random.choice(world.unit_ids) if world.unit_ids else None
        email = f"buyer-{number:06d}@demo.example"
        user_id = rows.add(
            User, email=email, name=name, phone=phone, active=True, unit_id=unit_id, created_at=now
        )
        known.append(Buyer(user_id, name, phone, unit_id))


def a_name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.sample(GIVEN, k=random.choice((1, 2))))


def a_phone(random: Random) -> str:
    return f"+861{random.choice('3578')}{random.randrange(10**9):09d}"
