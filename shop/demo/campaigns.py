"""A welfare campaign of the demo's union: open, sixty members, two thirds of whom have chosen; and one being set up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from itertools import zip_longest
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.models import OrganisationMember, User
from shop.accounts.terms import BUYING_ROLES
from shop.campaigns.choosing import Chooser, Wish, choose
from shop.campaigns.deciding import choose_for
from shop.campaigns.enrolling import import_members
from shop.campaigns.member_models import CampaignMember, CampaignUnit, ChosenBy
from shop.campaigns.models import Campaign
from shop.campaigns.offering import GoodPlan, save_goods, save_package, save_slot
from shop.campaigns.opened import note_opened
from shop.campaigns.opening import open_campaign
from shop.campaigns.planning import Plan
from shop.campaigns.reading import read_offer
from shop.campaigns.setting_up import make_campaign
from shop.catalogue.models import BundleItem, Product, ProductStatus, StockState, Variant
from shop.delivery.runs import active_points, open_runs
from shop.demo.campaign_boxes import campaign_box
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.kit.errors import ShopError
from shop.storage.unit_of_work import UnitOfWork

UNION: Final = "union@demo.example"
MEMBERS: Final = 60
ALLOWANCE_FEN: Final = 20_000
_UNITS: Final = ("机械分会", "电信分会", "后勤分会", "离退休分会")
_FAMILY: Final = "王李张刘陈杨赵黄周吴"
_GIVEN: Final = [
    "建国",
    "秀英",
    "志强",
    "桂兰",
    "海燕",
    "文博",
    "丽华",
    "晓东",
    "玉梅",
    "国庆",
    "春生",
    "立新",
]
_POSSIBLE: Final = 6_000  # fen: the goods of the demo's packages cost at most so much
_ENOUGH: Final = 40  # units of one pack
_KEEPS: Final = timedelta(days=30)


def add_campaigns(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the union, goods or trucks are missing, or campaigns are there already."""
    campaign_id = unit_of_work.run(partial(_set_up, now=now))
    if campaign_id is None:
        return
    draws = Random(7)  # noqa: S311  who chose what in a made-up campaign is no secret
    for number in range(MEMBERS * 2 // 3):
        try:
            unit_of_work.run(partial(_choose, campaign_id=campaign_id, number=number, draws=draws, now=now))
        except ShopError:
            continue  # a time that is full: that member has not chosen


def _set_up(session: Session, now: datetime) -> int | None:
    buyer = campaign_buyer(session)
    (goods, box), runs = _goods_and_box(session, now), open_runs(session, now=now, limit=60)
    points = active_points(session)
    if buyer is None or len(goods) < 4 or not runs or not points or _has_some(session):
        return None
    user_id, organisation_id = buyer
    truck = next((run for run in runs if run.arrives_at > now + timedelta(days=9)), runs[-1])
    day = shanghai_date(truck.arrives_at) + timedelta(days=1)
    campaign_id = make_campaign(
        session,
        organisation_id,
        _new_year(day, now),
        token="demo-campaign",  # noqa: S106
        actor_id=user_id,
        now=now,
    )
    offer_goods(session, campaign_id, goods, user_id, box)
    _hours(session, campaign_id, points[0].id, day, user_id)
    _enrol(session, campaign_id, user_id, now)
    open_campaign(session, campaign_id, actor_id=user_id, now=now)
    _tell_nobody(session, campaign_id)
    draft = _dragon_boat(day, now)
    make_campaign(session, organisation_id, draft, token="demo-draft", actor_id=user_id, now=now)  # noqa: S106
    return campaign_id


def _goods_and_box(session: Session, now: datetime) -> tuple[Sequence[Variant], Variant | None]:
    """Of one seller, since it is one bill; without a box, where the seller of one has too few other goods."""
    box = campaign_box(session, ALLOWANCE_FEN, now=now)
    goods = campaign_goods(session, now, seller_id=box.product.seller_id) if box is not None else []
    return (goods, box) if len(goods) >= 4 else (campaign_goods(session, now), None)


def _new_year(day: date, now: datetime) -> Plan:
    return Plan(
        title="元旦春节福利（示例）",
        opens_at=now - timedelta(days=2),
        closes_at=shanghai_midnight(day - timedelta(days=2)),
        distribution_on=day,
        allowance_fen=ALLOWANCE_FEN,
        free_choice=True,
        contact="周老师",
        contact_phone="13800000017",
    )


def _dragon_boat(day: date, now: datetime) -> Plan:
    return Plan(
        title="端午福利（示例）",
        opens_at=now + timedelta(days=20),
        closes_at=now + timedelta(days=27),
        distribution_on=day + timedelta(days=40),
        allowance_fen=15_000,
        free_choice=False,
        contact="周老师",
        contact_phone="13800000017",
    )


def _hours(session: Session, campaign_id: int, point_id: int, day: date, user_id: int) -> None:
    for hour in (12, 16, 17):
        starts_at = shanghai_midnight(day) + timedelta(hours=hour)
        save_slot(
            session,
            campaign_id,
            point_id=point_id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            capacity=30,
            actor_id=user_id,
        )


def _enrol(session: Session, campaign_id: int, user_id: int, now: datetime) -> None:
    """The union's own person organises the first sub-union."""
    import_members(session, campaign_id, member_table(MEMBERS), whole=False, actor_id=user_id, now=now)
    session.execute(
        sa.update(CampaignUnit)
        .where(CampaignUnit.campaign_id == campaign_id, CampaignUnit.name == _UNITS[0])
        .values(organiser_id=user_id)
    )


def _tell_nobody(session: Session, campaign_id: int) -> None:
    """Made-up members have made-up telephones."""
    session.execute(
        sa.update(CampaignMember).where(CampaignMember.campaign_id == campaign_id).values(to_tell=None)
    )


def offer_goods(
    session: Session, campaign_id: int, goods: Sequence[Variant], user_id: int, box: Variant | None = None
) -> None:
    """Two packages of two goods each, and a gift box as a third one."""
    if box is not None:
        save_package(session, campaign_id, None, "礼盒一份", {box.id: 1}, is_default=False, actor_id=user_id)
    first, second, third, fourth = goods[:4]
    for name, one, other, is_default in (("茶菌篮", first, second, True), ("厨房篮", third, fourth, False)):
        save_package(
            session,
            campaign_id,
            None,
            name,
            {one.id: 1, other.id: 1},
            is_default=is_default,
            actor_id=user_id,
        )
    by_price = sorted(goods, key=lambda one: (-one.price_fen, one.id))
    cheaper = dict(zip([one.id for one in by_price], [one.id for one in by_price[1:]], strict=False))
    plans = [GoodPlan(one.id, is_free_choice=True, substitute_id=cheaper.get(one.id)) for one in goods]
    plans += [GoodPlan(box.id, is_free_choice=False)] if box is not None else []
    save_goods(session, campaign_id, plans, actor_id=user_id)


def _choose(session: Session, campaign_id: int, number: int, draws: Random, now: datetime) -> None:
    """Packages, single goods, some by their organiser; a few have only looked."""
    members = sa.select(CampaignMember.id).where(CampaignMember.campaign_id == campaign_id)
    member_id = session.scalars(members.order_by(CampaignMember.staff_number).offset(number).limit(1)).one()
    note_opened(session, member_id, now=now)
    if number % 10 == 9:
        return
    offer = read_offer(session, campaign_id)
    slot = draws.choice(offer.slots)
    package = None if number % 4 == 3 else draws.choice(offer.packages)
    units = {one.variant.id: 1 for one in draws.sample(offer.free, 2)} if package is None else {}
    wish = Wish(f"demo-{member_id}", slot.id, package.row.id if package else None, units)
    if number % 13 == 5 and offer.campaign.made_by_id is not None:
        choose_for(session, campaign_id, member_id, wish, actor_id=offer.campaign.made_by_id, now=now)
    else:
        choose(
            session, member_id, wish, Chooser(ChosenBy.LINK), now=now - timedelta(hours=draws.randrange(40))
        )


def campaign_buyer(session: Session) -> tuple[int, int] | None:
    row = session.execute(
        sa.select(User.id, OrganisationMember.organisation_id)
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .where(User.email == UNION, OrganisationMember.role.in_(BUYING_ROLES))
        .limit(1)
    ).first()
    return (row[0], row[1]) if row is not None else None


def _has_some(session: Session) -> bool:
    return session.scalar(sa.select(Campaign.id).limit(1)) is not None


def campaign_goods(session: Session, now: datetime, *, seller_id: int | None = None) -> Sequence[Variant]:
    """Six packs of different products, none of them a gift box, of one seller, or of this one: it is one bill.

    From as many villages as can be, so that each coordinator reads what is wanted; the packs of which most is there.
    """
    boxes, keeps_until = sa.select(BundleItem.bundle_id), shanghai_date(now) + _KEEPS
    units = sa.func.sum(Lot.available)
    found = session.scalars(
        sa.select(Variant)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(
            *(Variant.active, Variant.price_fen <= _POSSIBLE, Variant.stock_state == StockState.AVAILABLE),
            *(Product.status == ProductStatus.PUBLISHED, Variant.id.not_in(boxes)),
            *(Lot.status == LotStatus.OPEN, Lot.expected_on.is_(None), Lot.best_before > keeps_until),
        )
        .group_by(Variant.id)
        .having(units >= _ENOUGH)
        .order_by(units.desc(), Variant.id)
        .options(joinedload(Variant.product))
        .limit(200)
    )
    by_seller: dict[int, dict[int, Variant]] = {}
    for one in found:
        if seller_id not in (None, one.product.seller_id):
            continue
        by_seller.setdefault(one.product.seller_id, {}).setdefault(one.product_id, one)
    return max((_spread(own.values()) for own in by_seller.values()), key=_villages_and_packs, default=[])


def _spread(goods: Iterable[Variant]) -> list[Variant]:
    """One of each village before the second of any; six at most."""
    by_village: dict[int | None, list[Variant]] = {}
    for one in goods:
        by_village.setdefault(one.product.village_id, []).append(one)
    rounds = zip_longest(*(by_village[key] for key in sorted(by_village, key=lambda key: key or 0)))
    return [one for turn in rounds for one in turn if one is not None][:6]


def _villages_and_packs(goods: Sequence[Variant]) -> tuple[bool, int, int]:
    """Four packs at least make two packages."""
    return len(goods) >= 4, len({one.product.village_id for one in goods}), len(goods)


def member_table(count: int) -> bytes:
    rows = [
        f"D{number:05d},{_FAMILY[number % 10]}{_GIVEN[number % 12]},{_UNITS[number % 4]},1390001{number:04d}"
        for number in range(1, count + 1)
    ]
    return "\n".join(["工号,姓名,分工会,手机号", *rows]).encode()
