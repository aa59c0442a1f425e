"""A union with an open campaign: three goods, two packages, two times at one point, a few members."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.accounts.shop_settings import set_shop_settings
from shop.campaigns.choosing import Chooser, Wish, choose
from shop.campaigns.enrolling import import_members
from shop.campaigns.member_models import CampaignMember, Choice, ChosenBy
from shop.campaigns.models import Campaign, CampaignPackage, CampaignSlot
from shop.campaigns.offering import GoodPlan, save_goods, save_package, save_slot
from shop.campaigns.opening import open_campaign
from shop.campaigns.planning import Plan
from shop.campaigns.setting_up import make_campaign
from shop.delivery.models import PickupPoint, RunStop
from shop.kit.clock import shanghai_date
from shop.kit.references import secret_token
from tests.factories.organisations import add_union
from tests.factories.small_shop import NOW, SmallShop, add_lot, add_product, fill_shelves, open_small_shop


@dataclass
class UnionShop:
    """A small shop whose union has a campaign; ids by name."""

    shop: SmallShop
    buyer_id: int
    organisation_id: int
    campaign_id: int
    packages: dict[str, int] = field(default_factory=dict)
    slots: list[int] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.shop.now


def open_union_shop(
    session: Session,
    *,
    members: int = 4,
    allowance_fen: int = 20_000,
    places: int = 100,
    opened: bool = True,
    stock: int = 500,
    unit: str = "机械分会",
    now: datetime = NOW,
) -> UnionShop:
    """Tea 68, eggs 59, honey 88 yuan; the default package is tea and eggs, the other one honey and eggs."""
    shop = open_small_shop(session, now=now)
    add_product(session, shop, "honey", price_fen=8800, gross_g=700)
    for sku, producer in (("tea", "chen"), ("eggs", "wang"), ("honey", "yu"), ("honey", "li")):
        add_lot(session, shop, f"{sku}-{producer}", sku, producer, units=stock)
    fill_shelves(session, shop)
    buyer_id, organisation_id = add_union(session, now=shop.now)
    made = add_campaign(session, shop, buyer_id, organisation_id, allowance_fen=allowance_fen, places=places)
    if members:
        enrol(session, made, members, unit=unit)
    session.commit()
    if opened:
        open_campaign(session, made.campaign_id, actor_id=buyer_id, now=shop.now)
        session.commit()
    return made


def add_campaign(
    session: Session,
    shop: SmallShop,
    buyer_id: int,
    organisation_id: int,
    *,
    allowance_fen: int = 20_000,
    places: int = 100,
    title: str = "元旦福利",
) -> UnionShop:
    day = shanghai_date(shop.now) + timedelta(days=6)
    plan = Plan(
        title, shop.now, shop.now + timedelta(days=1), day, allowance_fen, True, "周老师", "13800001234"
    )
    campaign_id = make_campaign(
        session, organisation_id, plan, token=secret_token(), actor_id=buyer_id, now=shop.now
    )
    made = UnionShop(shop, buyer_id, organisation_id, campaign_id)
    ids = shop.variants
    for name, units, is_default in (
        ("茶蛋篮", {"tea": 1, "eggs": 1}, True),
        ("蜜蛋篮", {"honey": 1, "eggs": 1}, False),
    ):
        save_package(
            session,
            campaign_id,
            None,
            name,
            {ids[sku]: count for sku, count in units.items()},
            is_default=is_default,
            actor_id=buyer_id,
        )
    goods = [GoodPlan(ids[sku], is_free_choice=True) for sku in ("tea", "eggs", "honey")]
    save_goods(session, campaign_id, goods, actor_id=buyer_id)
    for hour in (4, 8):
        starts_at = shop.now + timedelta(days=6, hours=hour)
        save_slot(
            session,
            campaign_id,
            point_id=shop.point_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            capacity=places,
            actor_id=buyer_id,
        )
    packages = session.execute(
        sa.select(CampaignPackage.name, CampaignPackage.id).where(CampaignPackage.campaign_id == campaign_id)
    )
    made.packages = dict(packages.all())
    made.slots = list(
        session.scalars(
            sa.select(CampaignSlot.id)
            .where(CampaignSlot.campaign_id == campaign_id)
            .order_by(CampaignSlot.starts_at)
        )
    )
    return made


def add_second_point(session: Session, union: UnionShop) -> None:
    """Where the truck stops too; it can also be sent home."""
    point = PickupPoint(slug="gate", name_zh="东门", name_en="East gate")
    session.add(point)
    session.flush()
    session.add(RunStop(run_id=union.shop.run_id, pickup_point_id=point.id))
    session.execute(sa.update(Campaign).values(home_delivery=True))
    add_slot_at(session, union, point.id)
    session.commit()


def add_slot_at(session: Session, union: UnionShop, point_id: int) -> None:
    starts_at = union.now + timedelta(days=6, hours=5)
    slot = CampaignSlot(
        campaign_id=union.campaign_id, pickup_point_id=point_id, starts_at=starts_at, taken=0, capacity=50,
        ends_at=starts_at + timedelta(hours=1),
    )  # fmt: skip
    session.add(slot)
    session.flush()
    union.slots.append(slot.id)


def a_table(count: int, *, unit: str = "机械分会", first: int = 1) -> bytes:
    rows = [
        f"A{number:05d},会员{number},{unit},1390000{number % 10000:04d}"
        for number in range(first, first + count)
    ]
    return "\n".join(["工号,姓名,分工会,手机号", *rows]).encode()


def enrol(session: Session, made: UnionShop, count: int, *, unit: str = "机械分会", first: int = 1) -> None:
    import_members(
        session,
        made.campaign_id,
        a_table(count, unit=unit, first=first),
        whole=False,
        actor_id=made.buyer_id,
        now=made.now,
    )


def member_ids(session: Session, made: UnionShop) -> list[int]:
    return list(
        session.scalars(
            sa.select(CampaignMember.id)
            .where(CampaignMember.campaign_id == made.campaign_id)
            .order_by(CampaignMember.staff_number)
        )
    )


def a_choice(
    made: UnionShop, goods: dict[str, int] | str = "蜜蛋篮", *, slot: int = 0, token: str = ""
) -> Wish:
    """A package by name, or single goods."""
    token = token or secret_token()
    if isinstance(goods, str):
        return Wish(token, made.slots[slot], made.packages[goods])
    return Wish(
        token, made.slots[slot], None, {made.shop.variants[sku]: count for sku, count in goods.items()}
    )


def choose_by_link(session: Session, made: UnionShop, member_id: int, wish: Wish) -> Choice:
    return choose(session, member_id, wish, Chooser(ChosenBy.LINK), now=made.now)


def set_cap(session: Session, yuan: int, *, now: datetime) -> None:
    set_shop_settings(session, {"campaign_year_cap_yuan": yuan}, actor_id=None, now=now)


def an_account_of(session: Session, made: UnionShop, name: str) -> int:
    user = User(email=f"{name}@shop.example", name=name, created_at=made.now)
    session.add(user)
    session.flush()
    return user.id
