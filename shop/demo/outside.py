"""Orders from elsewhere in the demo: a chat group, a fair and another platform; one buyer has not paid yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import RoleName, UserRole
from shop.catalogue.models import Product, ProductStatus, StockState, Variant
from shop.delivery.runs import active_points, open_runs
from shop.kit.clock import shanghai_date
from shop.kit.errors import ShopError
from shop.ordering.direct.wish import Item
from shop.ordering.outside.models import OutsideSource, PaidHow, SourceKind
from shop.ordering.wish import Courier, Pickup, Recipient
from shop.payments.outside.entering import enter_outside_order
from shop.payments.outside.taken import Taken
from shop.payments.providers.base import Providers
from shop.storage.unit_of_work import UnitOfWork

_SOMEWHERE: Final = Courier("陕西省", "西安市", "雁塔区", "长安中路 199 号")


@dataclass(frozen=True, slots=True)
class _Stage:
    """What there is to sell and to go by; `teller` is who enters the orders."""

    sources: dict[str, int]
    variants: Sequence[tuple[int, int]]
    pickup: Pickup
    teller: int


def add_outside_orders(unit_of_work: UnitOfWork, providers: Providers, *, now: datetime) -> None:
    """Nothing where sources are there already, or no truck takes orders."""
    stage = unit_of_work.run(partial(_stage, now=now))
    if stage is None:
        return
    for taken in _orders(stage, now):
        try:
            enter_outside_order(unit_of_work, providers, taken, actor_id=stage.teller, now=now)
        except ShopError:
            continue  # sold out: the others are there all the same


def _stage(session: Session, now: datetime) -> _Stage | None:
    teller = session.scalar(sa.select(sa.func.min(UserRole.user_id)).where(UserRole.role == RoleName.ADMIN))
    if teller is None or session.scalar(sa.select(OutsideSource.id).limit(1)) is not None:
        return None
    sold = session.execute(
        sa.select(Variant.id, Variant.price_fen)
        .join(Product, Product.id == Variant.product_id)
        .where(Product.status == ProductStatus.PUBLISHED, Variant.active)
        .where(Variant.stock_state == StockState.AVAILABLE)
        .order_by(Variant.id)
        .limit(4)
    ).all()
    pickup = _pickup(session, now)
    if len(sold) < 4 or pickup is None:
        return None
    rows = _sources()
    session.add_all(rows)
    session.flush()
    return _Stage({row.slug: row.id for row in rows}, [(one[0], one[1]) for one in sold], pickup, teller)


def _pickup(session: Session, now: datetime) -> Pickup | None:
    for point in active_points(session):
        for run in open_runs(session, now=now, point_id=point.id, limit=1):
            return Pickup(point.id, run.id)
    return None


def _sources() -> list[OutsideSource]:
    return [
        OutsideSource(
            slug="staff-group", kind=SourceKind.CHAT_GROUP, name_zh="教工团购微信群", name_en="Staff's WeChat group",
            collector="刘老师", contact_phone="+8613700000101",
        ),
        OutsideSource(
            slug="autumn-fair", kind=SourceKind.FAIR, name_zh="秋季校园助农集市", name_en="Autumn fair on campus",
            collector="学生志愿者队", contact_phone="+8613700000102",
        ),
        OutsideSource(
            slug="helping-platform", kind=SourceKind.PLATFORM, name_zh="消费帮扶平台", name_en="A platform for helping",
            collector="平台结算", contact_phone="+8613700000103", fee_bp=60,
        ),
    ]  # fmt: skip


def _orders(stage: _Stage, now: datetime) -> list[Taken]:
    today = shanghai_date(now)
    first, second, third, fourth = stage.variants

    def taken(
        source: str,
        number: str,
        days: int,
        goods: Sequence[tuple[tuple[int, int], int]],
        who: Recipient,
        how: PaidHow,
    ) -> Taken:
        """Sold in the group and at the fair for a tenth less."""
        off = 0 if source == "helping-platform" else 10
        items = tuple(Item(one, units, price * (100 - off) // 100) for (one, price), units in goods)
        day = today - timedelta(days=days)
        return Taken(
            *(stage.sources[source], number, day, items, who, stage.pickup, how),
            paid_on=None if how is PaidHow.NOT_YET else day,
        )

    lin, he = Recipient("林晓", "+8613800000201"), Recipient("何建国", "+8613800000202")
    platform = taken("helping-platform", "832-20261128-7781", 1, [(fourth, 2)], lin, PaidHow.PLATFORM)
    return [
        taken("staff-group", "接龙 1128-03", 2, [(first, 2), (second, 1)], lin, PaidHow.TRANSFER),
        taken("staff-group", "接龙 1128-07", 2, [(third, 3)], he, PaidHow.CASH),
        taken("staff-group", "接龙 1130-01", 0, [(first, 1)], he, PaidHow.NOT_YET),
        taken("autumn-fair", "集市 018", 3, [(second, 2)], Recipient("", ""), PaidHow.CASH),
        Taken(
            *(platform.source_id, platform.number, platform.ordered_on, platform.items, lin, _SOMEWHERE),
            paid_how=PaidHow.PLATFORM,
            paid_on=platform.paid_on,
            sum_fen=fourth[1] * 2,
        ),
    ]
