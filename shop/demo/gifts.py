"""Gift orders in the demo: a draft whose list has to be mended, and one that was sent to five people."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import OrganisationMember, User
from shop.accounts.terms import BUYING_ROLES
from shop.catalogue.models import BundleItem, Product, ProductStatus, StockState, Variant
from shop.demo.cast import UNION
from shop.gifts.drafts import Card, choose_goods, start_gift, write_card
from shop.gifts.listing import Extent, open_table, take_table
from shop.gifts.models import Gift
from shop.gifts.packaging_models import GiftPackaging
from shop.gifts.packagings import choose_packaging, save_packaging
from shop.gifts.placing import place_gift
from shop.gifts.quoting import quote_gift
from shop.gifts.submitting import submit_gift
from shop.kit.errors import ShopError
from shop.storage.unit_of_work import UnitOfWork

SENT: Final = (
    ("陈女士", "13800001014", "陕西省西安市雁塔区小寨东路 96 号"),
    ("周先生", "13800001037", "陕西省咸阳市秦都区人民路 12 号"),
    ("许经理", "13800001052", "上海市徐汇区漕溪北路 88 号"),
    ("何老师", "13800001066", "北京市海淀区中关村大街 27 号"),
    ("马师傅", "13800001071", "湖北省武汉市武昌区珞喻路 129 号"),
)
DRAFT: Final = (
    ("赵女士", "13800002001", "陕西省西安市碑林区友谊西路 127 号"),
    ("钱先生", "13800002002", "陕西西安未央区凤城五路 6 号"),
    ("孙经理", "1380000203", "陕西省西安市莲湖区西大街 3 号"),  # a digit is missing
    ("李老师", "13800002004", "雁塔区含光南路 70 号"),  # no province and city
    ("吴女士", "13800002005", "四川省成都市武侯区科华北路 65 号"),
    ("郑先生", "13800002006", "江苏省南京市鼓楼区汉口路 22 号"),
    ("王经理", "13800002007", "浙江省杭州市西湖区文三路 90 号"),
    ("冯女士", "13800002008", "广东省广州市天河区五山路 381 号"),
    ("", "13800002009", "河南省郑州市金水区文化路 97 号"),  # no name
    ("褚老师", "13800002010", "湖南省长沙市岳麓区麓山南路 36 号"),
    ("卫先生", "13800002011", "山东省济南市历城区山大南路 27 号"),
    ("蒋女士", "13800002012", "重庆市沙坪坝区沙正街 174 号"),
)
CARD: Final = Card(
    "{称呼}：这一年多谢您。盒里的东西是平利村里人家自己做的，票上能查到是谁。", "校工会", True, True
)


PACKAGINGS: Final = (
    ("牛皮纸手提袋", "Kraft paper bag", "印学校与县的标志，装一两件", 300),
    ("竹编提篮", "Woven bamboo basket", "平利老手艺人编的，可以再用", 2_800),
    ("节日礼盒", "Festive box", "硬纸盒配红色封套，适合慰问和答谢", 1_200),
)


def add_gifts(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the demo's union is missing, or gifts are there already."""
    unit_of_work.run(partial(_offer_packaging, now=now))
    try:
        unit_of_work.run(partial(_draft, name="年终答谢礼", people=DRAFT, now=now))
        gift_id = unit_of_work.run(
            partial(_draft, name="教师节问候", people=SENT, now=now - timedelta(minutes=1))
        )
        if gift_id is not None:
            unit_of_work.run(partial(_submit, gift_id=gift_id, now=now))
            place_gift(unit_of_work, gift_id, now=now)
    except ShopError:
        return  # sold out, or the union owes too much already: the drafts are there all the same


def _draft(session: Session, name: str, people: Sequence[Sequence[str]], now: datetime) -> int | None:
    buyer = session.execute(
        sa.select(OrganisationMember.organisation_id, OrganisationMember.user_id)
        .join(User, User.id == OrganisationMember.user_id)
        .where(User.email == UNION, OrganisationMember.role.in_(BUYING_ROLES))
        .limit(1)
    ).one_or_none()
    pack = _pack(session)
    if (
        buyer is None
        or pack is None
        or session.scalar(sa.select(Gift.id).where(Gift.name == name)) is not None
    ):
        return None
    who = {"actor_id": buyer.user_id, "now": now}
    gift_id = start_gift(session, buyer.organisation_id, name, token=f"demo {name}", **who)
    choose_goods(session, gift_id, {pack: 1}, **who)
    write_card(session, gift_id, CARD, **who)
    choose_packaging(session, gift_id, _paper_bag(session), **who)
    table = io.StringIO()
    csv.writer(table).writerows([("姓名", "手机", "地址"), *people])
    content = table.getvalue().encode()
    take_table(session, gift_id, open_table(content, f"{name}名单.xlsx"), extent=Extent.WHOLE, **who)
    return gift_id


def _offer_packaging(session: Session, now: datetime) -> None:
    """What the team offers, unless it offers something already."""
    if session.scalar(sa.select(GiftPackaging.id).limit(1)) is not None:
        return
    for zh, en, note, fen in PACKAGINGS:
        values = {"name_zh": zh, "name_en": en, "note_zh": note, "price_fen": fen, "active": True}
        save_packaging(session, None, values, actor_id=None, now=now)


def _paper_bag(session: Session) -> int | None:
    return session.scalar(sa.select(GiftPackaging.id).where(GiftPackaging.active).order_by(GiftPackaging.id))


def _submit(session: Session, gift_id: int, now: datetime) -> None:
    gift = session.get_one(Gift, gift_id)
    total_fen = quote_gift(session, gift_id, now=now).total_fen
    submit_gift(session, gift_id, seen_total_fen=total_fen, actor_id=gift.made_by_id or 0, now=now)


def _pack(session: Session) -> int | None:
    """A gift box where there is one, else what is cheapest."""
    is_bundle = sa.exists().where(BundleItem.bundle_id == Variant.id)
    return session.scalar(
        sa.select(Variant.id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Variant.active.is_(True),
            Product.status == ProductStatus.PUBLISHED,
            Variant.stock_state == StockState.AVAILABLE,
        )
        .order_by(sa.case((is_bundle, 0), else_=1), Variant.price_fen, Variant.id)
        .limit(1)
    )
