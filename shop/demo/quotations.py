"""Quotations in the demo: one with three versions that waits for its organisation's answer, and a new request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, RoleName, User, UserRole
from shop.catalogue.models import Product, ProductStatus, Variant
from shop.delivery.runs import open_runs
from shop.demo.cast import UNION
from shop.inventory.models import Lot, LotStatus
from shop.kit.clock import shanghai_date
from shop.kit.price_tiers import Tier
from shop.kit.references import secret_token
from shop.ordering.wish import Courier, Pickup
from shop.quotations.access import Member
from shop.quotations.models import Quotation
from shop.quotations.requesting import RequestWish, ask_change, request_quotation
from shop.quotations.standing_prices import set_standing
from shop.quotations.version_wish import LineWish, VersionWish
from shop.quotations.versions import save_draft, send_version
from shop.storage.unit_of_work import UnitOfWork

TERMS: Final = (
    "到货当面验收，短斤少两按实收开贷项单，从账单里减。\n鲜货当天不新鲜，拍照 24 小时内说，下一车补或退款。\n"
    "月底一张账单，按月结天数对公付款，一张发票。"
)
_SOMEWHERE: Final = Courier("陕西省", "西安市", "碑林区", "咸宁西路 28 号 第一食堂")
ENOUGH: Final = 60  # units of each on shelves, so that the offer can be accepted


@dataclass(frozen=True, slots=True)
class _Scene:
    """`goods`: variants with what each costs today."""

    member: Member
    phone: str
    admin_id: int
    goods: Sequence[tuple[int, int]]
    way: Pickup | Courier
    now: datetime


def add_quotations(unit_of_work: UnitOfWork, *, now: datetime) -> None:
    """Nothing where the demo's people or goods are missing, or quotations are there already."""
    unit_of_work.run(lambda session: _add(session, now))


def _add(session: Session, now: datetime) -> None:
    scene = _scene(session, now)
    if scene is None or session.scalar(sa.select(Quotation.id).limit(1)) is not None:
        return
    _waits_for_its_answer(session, scene)
    _new_request(session, scene)
    variant_id, fen = scene.goods[0]
    tiers = [Tier(1, fen), Tier(10, fen * 95 // 100), Tier(50, fen * 90 // 100)]
    set_standing(session, None, variant_id, tiers, actor_id=scene.admin_id, now=now)


def _waits_for_its_answer(session: Session, scene: _Scene) -> None:
    asked = scene.now - timedelta(days=9)
    wanted = dict(zip((one for one, _ in scene.goods), (8, 3, 6, 2), strict=False))
    number = request_quotation(
        session, scene.member, _wish(scene, "冬天的干货和粮食", wanted, "先报一批看看"), now=asked
    )
    first, second, third = (scene.now - timedelta(days=days) for days in (8, 3, 0))
    _offer(session, scene, number, wanted, first, "")
    ask_change(
        session, scene.member, number, 1, "第一样加到 12 件，看能不能再便宜些", now=first + timedelta(days=2)
    )
    wanted[scene.goods[0][0]] = 12
    _offer(session, scene, number, wanted, second, "按您的意思加到 12 件")
    _offer(session, scene, number, wanted, third, "再减一些，运费全免", discount_fen=2_000)


def _new_request(session: Session, scene: _Scene) -> None:
    wanted = {scene.goods[-1][0]: 40}
    wish = _wish(scene, "教职工年货", wanted, "春节前要，请报 40 份和 100 份的价")
    request_quotation(session, scene.member, wish, now=scene.now - timedelta(hours=3))


def _wish(scene: _Scene, title: str, items: dict[int, int], words: str) -> RequestWish:
    return RequestWish(
        token=secret_token(), title=title, contact="何老师", phone=scene.phone, items=items,
        wanted="周五上午", place="第一食堂后门，8:00 前", words=words, two_accept=True,
    )  # fmt: skip


def _offer(
    session: Session,
    scene: _Scene,
    number: str,
    wanted: dict[int, int],
    at: datetime,
    changed: str,
    discount_fen: int = 0,
) -> None:
    price = dict(scene.goods)
    lines = tuple(
        LineWish(
            one,
            count,
            (Tier(1, price[one]), Tier(10, price[one] * 95 // 100), Tier(50, price[one] * 90 // 100)),
        )
        for one, count in wanted.items()
    )
    offer = VersionWish(
        lines=lines, delivery=scene.way, valid_until=shanghai_date(scene.now) + timedelta(days=14),
        freight_fen=0 if discount_fen else 1_500, discount_fen=discount_fen,
        discount_words="首次合作，再减" if discount_fen else "", days="周五上午", place="第一食堂后门，8:00 前",
        terms=TERMS, what_changed=changed,
    )  # fmt: skip
    version = save_draft(session, number, offer, actor_id=scene.admin_id, now=at)
    send_version(session, number, version, seen_at=at.isoformat(), actor_id=scene.admin_id, now=at)


def _scene(session: Session, now: datetime) -> _Scene | None:
    row: Any = session.execute(
        sa.select(
            User.id,
            User.phone,
            Organisation.id,
            Organisation.slug,
            Organisation.name,
            OrganisationMember.role,
        )
        .join(OrganisationMember, OrganisationMember.user_id == User.id)
        .join(Organisation, Organisation.id == OrganisationMember.organisation_id)
        .where(User.email == UNION)
        .limit(1)
    ).one_or_none()
    admins = sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.ADMIN)
    admin_id, goods = session.scalar(admins), _goods(session, now)
    if row is None or admin_id is None or len(goods) < 2:
        return None
    user_id, phone, *own = row
    return _Scene(Member(user_id, *own), phone or "+8613900000000", admin_id, goods, _way(session, now), now)


def _way(session: Session, now: datetime) -> Pickup | Courier:
    """The last truck within three weeks, so that the offer can be accepted for as long as it is valid."""
    soon = now + timedelta(weeks=3)
    runs = [one for one in open_runs(session, now=now) if one.stops and one.arrives_at < soon]
    return Pickup(runs[-1].stops[0].pickup_point_id, runs[-1].id) if runs else _SOMEWHERE


def _goods(session: Session, now: datetime) -> Sequence[tuple[int, int]]:
    """Of which there is plenty that keeps; of one seller, so that one transfer pays all of it."""
    soon = shanghai_date(now) + timedelta(days=30)
    units = sa.func.sum(Lot.available)
    statement = (
        sa.select(Product.seller_id, Product.id, Variant.id, Variant.price_fen)
        .join(Product, Product.id == Variant.product_id)
        .join(Lot, Lot.variant_id == Variant.id)
        .where(
            Variant.active,
            Product.status == ProductStatus.PUBLISHED,
            Lot.status == LotStatus.OPEN,
            Lot.best_before > soon,
        )
        .group_by(Product.seller_id, Product.id, Variant.id, Variant.price_fen)
        .having(units >= ENOUGH)
        .order_by(units.desc(), Variant.id)
    )
    by_seller: dict[int, dict[int, tuple[int, int]]] = {}
    for seller_id, product_id, variant_id, fen in session.execute(statement):
        by_seller.setdefault(seller_id, {}).setdefault(product_id, (variant_id, fen))
    most = max(by_seller.values(), key=len, default={})
    return list(most.values())[:4]
