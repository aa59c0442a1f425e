"""The demo's canteen: prices in cases, eggs that stand ordered every week, and goods by weight that wait to be accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.addresses import AddressFields
from shop.accounts.membership import put_member
from shop.accounts.models import Organisation, User
from shop.accounts.organisation_addresses import save_organisation_address
from shop.accounts.organisation_models import Duty
from shop.accounts.organisation_papers import add_project, add_signer
from shop.accounts.organisations import APPROVER, OWNER
from shop.accounts.passwords import DEMO_PASSWORD
from shop.accounts.terms import Asked, approve_terms, propose_terms, versions_of
from shop.accounts.users import create_user, find_user_id
from shop.canteens.goods import set_good
from shop.canteens.models import CanteenGood
from shop.canteens.placing import place_standing_orders
from shop.canteens.rhythm import Rhythm
from shop.canteens.sheet import SheetWish, order_sheet
from shop.canteens.standing import set_up
from shop.canteens.standing_wish import StandingWish, ToPoint
from shop.canteens.ways import open_stops
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.demo.kitchen_delivery import deliver_by_weight
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.kit.price_tiers import Tier
from shop.kit.references import secret_token
from shop.ordering.approvals.procurement import Procurement
from shop.ordering.wish import Courier, Recipient
from shop.payments.terms.accepting import accept_on_terms
from shop.quotations.standing_prices import set_standing
from shop.storage.unit_of_work import UnitOfWork

CANTEEN: Final = "demo-canteen"
CHIEF: Final = "canteen@demo.example"
SECOND: Final = "canteen2@demo.example"
_PEOPLE: Final = (
    (CHIEF, "饮食中心采购 · 何老师", "13800000041", OWNER),
    (SECOND, "饮食中心验收 · 冯师傅", "13800000042", APPROVER),
)
_KITCHEN: Final = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号（示例）第一食堂后门")
PROJECT: Final = ("YS2026-01", "食堂原料")
LIMIT_FEN: Final = 5_000_000
_ENOUGH: Final = 20  # units on shelves
_EGGS: Final = "蛋"
_FINANCE: Final = ("admin@demo.example", "admin2@demo.example")


def add_canteens(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the demo's canteen or goods are missing, or it was set up before. What cannot be ordered is left out."""
    ids = unit_of_work.run(partial(open_canteen, now=now))
    if ids is None:
        return
    own, chief = ids
    for work in (
        partial(_standing, chief=chief, now=now),
        partial(_by_weight, own=own, chief=chief, now=now),
    ):
        try:
            order_id = unit_of_work.run(work)
            if order_id is not None:
                unit_of_work.run(partial(accept_on_terms, order_id=order_id, organisation_id=own, now=now))
                deliver_by_weight(unit_of_work, order_id, CANTEEN, chief, now=now)
        except ShopError:
            continue
    place_standing_orders(unit_of_work, now=now)


def open_canteen(session: Session, now: datetime) -> tuple[int, int] | None:
    """The canteen and who buys for it, unless it has somebody; None where there is nothing to set up."""
    own = session.scalar(sa.select(Organisation).where(Organisation.slug == CANTEEN))
    team = [find_user_id(session, one) for one in _FINANCE]
    goods = _goods(session, now)
    if own is None or None in team or not goods or find_user_id(session, CHIEF) is not None:
        return None
    first, second = (one or 0 for one in team)
    chief = _people(session, own.id, now)
    _papers(session, own.id, chief, now)
    propose_terms(session, own.id, Asked(LIMIT_FEN, 30, None), actor_id=first, now=now)
    approve_terms(session, versions_of(session, own.id)[0].terms.id, actor_id=second, now=now)
    for place, (variant_id, fen) in enumerate(goods):
        by_weight = place == len(goods) - 1
        units = 10 if by_weight else 6
        set_good(session, variant_id, units, by_weight=by_weight, actor_id=first, now=now)
        tiers = [Tier(1, fen), Tier(units * 2, fen * 95 // 100), Tier(units * 5, fen * 90 // 100)]
        set_standing(session, own.id, variant_id, tiers, actor_id=first, now=now)
    return own.id, chief


def _people(session: Session, own: int, now: datetime) -> int:
    ids = []
    for email, name, phone, role in _PEOPLE:
        known = find_user_id(session, email)
        if known is None:
            person = create_user(
                session, email=email, password=DEMO_PASSWORD, name=name, phone=phone, demo=True, now=now
            )
            person.confirmed_at = now
            known = person.id
        put_member(session, own, known, role, actor_id=known, now=now)
        ids.append(known)
    return ids[0]


def _papers(session: Session, own: int, chief: int, now: datetime) -> None:
    add_project(session, own, *PROJECT, is_default=True, actor_id=chief, now=now)
    for duty, name in ((Duty.HANDLER, "何老师"), (Duty.ACCEPTOR, "冯师傅")):
        add_signer(session, own, duty, name, actor_id=chief, now=now)
    fields = AddressFields(
        "第一食堂 冯师傅",
        "+8613800000042",
        _KITCHEN.province,
        _KITCHEN.city,
        _KITCHEN.district,
        _KITCHEN.street,
    )
    save_organisation_address(session, own, None, fields, actor_id=chief, now=now)


def _standing(session: Session, chief: int, now: datetime) -> None:
    """Eggs on the weekday of the next truck; its order is placed with the first turn of the worker."""
    stops = [one for one in open_stops(session, now=now) if one.day > shanghai_date(now)]
    goods = session.execute(
        sa.select(CanteenGood.variant_id)
        .join(Variant, Variant.id == CanteenGood.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(CanteenGood.by_weight.is_(False))
        .order_by(Product.name_zh.contains(_EGGS).desc(), CanteenGood.variant_id)
    ).scalars()
    first = goods.first()
    if not stops or first is None:
        return
    day = stops[0].day
    wish = StandingWish(
        token=secret_token(), name="每周的蛋", rhythm=Rhythm(day, 1, frozenset({day.weekday()})), days_before=3,
        cases={first: 1}, delivery=ToPoint(stops[0].point_id), recipient="第一食堂 冯师傅", phone="13800000042",
        note="后门，八点以前",
    )  # fmt: skip
    set_up(session, CANTEEN, chief, wish, now=now)


def _by_weight(session: Session, own: int, chief: int, now: datetime) -> int | None:
    """By courier, so that it can be on its way at once; it is weighed when it has left."""
    variant_id = session.scalar(sa.select(CanteenGood.variant_id).where(CanteenGood.by_weight).limit(1))
    if variant_id is None:
        return None
    phone = session.get_one(User, chief).phone or "+8613800000041"
    wish = SheetWish(
        token=secret_token(),
        cases={variant_id: 1},
        delivery=_KITCHEN,
        deliver_on=shanghai_date(now) + timedelta(days=9),
        recipient=Recipient("第一食堂 冯师傅", phone),
        note="后门，八点以前",
        procurement=Procurement(*PROJECT, handler="何老师", acceptor="冯师傅"),
    )
    return order_sheet(session, own, chief, wish, now=now).order_id


def _goods(session: Session, now: datetime) -> Sequence[tuple[int, int]]:
    """Of which there is enough, of one seller; eggs first."""
    units = sa.func.sum(Lot.available)
    is_egg = sa.func.max(sa.case((Product.name_zh.contains(_EGGS), 1), else_=0))
    statement = (
        sa.select(Product.seller_id, Product.id, Variant.id, Variant.price_fen)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(
            Variant.active,
            Product.status == ProductStatus.PUBLISHED,
            Lot.status == LotStatus.OPEN,
            Lot.best_before > shanghai_date(now) + timedelta(days=4),
        )
        .group_by(Product.seller_id, Product.id, Variant.id, Variant.price_fen)
        .having(units >= _ENOUGH)
        .order_by(is_egg.desc(), units.desc(), Variant.id)
    )
    by_seller: dict[int, dict[int, tuple[int, int]]] = {}
    for seller_id, product_id, variant_id, fen in session.execute(statement):
        by_seller.setdefault(seller_id, {}).setdefault(product_id, (variant_id, fen))
    eggs = next(iter(by_seller), None)  # who sells eggs comes first, since every row of eggs does
    return list(by_seller[eggs].values())[:6] if eggs is not None else []
