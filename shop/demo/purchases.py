"""What the demo's departments bought: who agreed to be counted, targets, a layout, and some orders of the public platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.counting_consent import UNIT_PURCHASES, VERSION
from shop.accounts.models import Consent, Organisation, Unit, User
from shop.catalogue.models import Village
from shop.demo.world import World
from shop.kit.clock import shanghai_date
from shop.ordering.models import Order
from shop.purchases.buyers import FUNDING_BY_KIND
from shop.purchases.layouts import SERIAL, LayoutColumn, create_layout
from shop.purchases.models import (
    CountedPurchase,
    Funding,
    OriginStatus,
    PurchaseBuyer,
    PurchaseKind,
    UnitTarget,
)
from shop.purchases.platform_models import PlatformImport, PlatformPurchase

EVERY: Final = 3  # so many accounts, and one of them agreed
UNION_UNIT: Final = "trade-union"
UNION_TARGET_FEN: Final = 400_000
TARGETS_FEN: Final = (200_000, 150_000, 300_000, 350_000, 250_000)
PLATFORM: Final = (
    ("832202603110021", "富硒大米 10 千克", "粮油", 30, 234_000, Funding.CANTEEN),
    ("832202606020187", "冷榨菜籽油 5 升", "粮油", 24, 165_600, Funding.CANTEEN),
    ("832202609150333", "红薯粉条 1 千克", "干货", 60, 118_800, Funding.UNION),
)
SUPPLIER: Final = "平利县某农产品专业合作社（示例）"
LAYOUT: Final = (
    (SERIAL, "序号"), ("unit", "单位"), ("day", "采购时间"), ("supplier", "供应商"), ("county", "产地县"),
    ("listed_as", "产地类型"), ("product", "产品名称"), ("quantity", "数量"), ("net_fen", "采购金额（元）"),
    ("kind", "帮扶方式"), ("funding", "资金来源"),
)  # fmt: skip


def count_purchases(session: Session, world: World, *, now: datetime) -> None:
    """Every third account agreed before it bought anything; nothing is set anew where somebody has set it already."""
    if not world.unit_ids:
        return
    _agree(session, now)
    _say_who_buys(session, world)
    _count(session)
    if session.scalar(sa.select(UnitTarget.id).limit(1)) is None:
        _set_up(session, world, now)


def _agree(session: Session, now: datetime) -> None:
    agrees = sa.and_(User.unit_id.is_not(None), User.id % EVERY == 0, User.counts_for_unit.is_(None))
    columns = ["user_id", "document", "version", "at"]
    said = sa.select(User.id, sa.literal(UNIT_PURCHASES), sa.literal(VERSION), User.created_at).where(agrees)
    session.execute(sa.insert(Consent).from_select(columns, said))
    session.execute(sa.update(User).where(agrees).values(counts_for_unit=True))
    theirs = sa.select(User.id).where(User.counts_for_unit.is_(True))
    session.execute(
        sa.update(Order)
        .where(Order.user_id.in_(theirs), Order.unit_id.is_not(None), Order.placed_at <= now)
        .values(counts_for_unit=True)
    )


def _say_who_buys(session: Session, world: World) -> None:
    known = sa.select(PurchaseBuyer.id).where(PurchaseBuyer.organisation_id == world.union_id)
    if world.union_id is None or session.scalar(known) is not None:
        return
    unit_id = session.scalar(sa.select(Unit.id).where(Unit.slug == UNION_UNIT)) or world.unit_ids[0]
    session.add(PurchaseBuyer(organisation_id=world.union_id, unit_id=unit_id, funding=Funding.UNION))
    session.flush()


def _count(session: Session) -> None:
    """As the reaction to each confirmed order would have."""
    is_own = Order.organisation_id.is_(None)
    unit_id = sa.case((is_own, Order.unit_id), else_=PurchaseBuyer.unit_id)
    by_kind = {kind.value: funding.value for kind, funding in FUNDING_BY_KIND.items()}
    usual = sa.case(by_kind, value=sa.cast(Organisation.kind, sa.String), else_=Funding.OTHER.value)
    said = sa.func.coalesce(sa.cast(PurchaseBuyer.funding, sa.String), usual)
    funding = sa.case((is_own, Funding.PERSONAL.value), else_=said)
    columns = ["order_id", "unit_id", "organisation_id", "funding", "kind", "counted_at"]
    rows: tuple[Any, ...] = (
        *(Order.id, unit_id, Order.organisation_id, funding),
        *(sa.literal(PurchaseKind.DIRECT.value), Order.confirmed_at),
    )
    wanted = (
        sa.select(*rows)
        .outerjoin(Organisation, Organisation.id == Order.organisation_id)
        .outerjoin(PurchaseBuyer, PurchaseBuyer.organisation_id == Order.organisation_id)
        .where(
            Order.confirmed_at.is_not(None),
            sa.or_(Order.organisation_id.is_not(None), Order.counts_for_unit),
            Order.id.not_in(sa.select(CountedPurchase.order_id)),
        )
    )
    session.execute(sa.insert(CountedPurchase).from_select(columns, wanted))


def _set_up(session: Session, world: World, now: datetime) -> None:
    year = shanghai_date(now).year
    session.add_all(
        UnitTarget(unit_id=unit_id, year=year, version=1, target_fen=fen, set_at=now)
        for unit_id, fen in zip(world.unit_ids, TARGETS_FEN, strict=False)
    )
    union = session.scalar(sa.select(Unit.id).where(Unit.slug == UNION_UNIT))
    if union is not None and union not in world.unit_ids[: len(TARGETS_FEN)]:
        session.add(UnitTarget(unit_id=union, year=year, version=1, target_fen=UNION_TARGET_FEN, set_at=now))
    counties = session.scalars(sa.select(Village.county_zh).where(Village.county_zh != "").distinct())
    known = set(session.scalars(sa.select(OriginStatus.county_zh)))
    session.add_all(
        OriginStatus(county_zh=county, status_zh="脱贫县", status_en="Lifted out of poverty")
        for county in counties.all()
        if county not in known
    )
    create_layout(
        session,
        "university-2026",
        "高校消费帮扶统计表（示例）",
        [LayoutColumn(*one) for one in LAYOUT],
        actor_id=None,
        now=now,
    )
    _import(session, world, now)


def _import(session: Session, world: World, now: datetime) -> None:
    amount = sum(fen for *_, fen, _ in PLATFORM)
    sent = PlatformImport(digest="0" * 64, rows=len(PLATFORM), amount_fen=amount, imported_at=now)
    session.add(sent)
    session.flush()
    session.add_all(
        PlatformPurchase(
            import_id=sent.id,
            order_number=number,
            item=1,
            bought_on=shanghai_date(now - timedelta(days=240 - 90 * place)),
            unit_id=world.unit_ids[min(1, len(world.unit_ids) - 1)],
            funding=funding,
            supplier=SUPPLIER,
            county="平利县",
            category=category,
            product=product,
            quantity=quantity,
            amount_fen=fen,
        )
        for place, (number, product, category, quantity, fen, funding) in enumerate(PLATFORM)
    )
    session.flush()
