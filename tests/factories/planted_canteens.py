"""Each buyer's organisation is a canteen: with a standing order, and an order of which the weights wait for a second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from shop.accounts.models import Organisation, OrganisationKind
from shop.canteens.models import CanteenGood, CanteenLine, CanteenOrder
from shop.canteens.standing_models import (
    DayState,
    StandingDay,
    StandingEvent,
    StandingLine,
    StandingOrder,
    StandingPause,
)
from shop.canteens.weight_models import Weighing, WeighingLine, WeighingState
from shop.kit.clock import shanghai_date
from shop.ordering.events import OrderConfirmed
from shop.ordering.models import Channel, DeliveryKind, Order
from shop.purchases.counting import count_purchase


def plant_canteens(
    session: Session, world: Any, slugs: dict[str, str], now: datetime
) -> dict[str, dict[str, Any]]:
    """By buyer what its pages name."""
    found = {}
    for (buyer, slug), side in zip(slugs.items(), "ab", strict=True):
        own = session.scalars(sa.select(Organisation).where(Organisation.slug == slug)).one()
        own.kind = OrganisationKind.CANTEEN
        number = _order(session, own.id, world.users[buyer], world.orders[side]["shipped"].id, now)
        standing_id = _standing(
            session, own.id, world.users[buyer], world.variants[f"SAFE-{side.upper()}"], now
        )
        found[buyer] = {"slug": slug, "number": number, "standing_id": standing_id}
    return found


def _order(session: Session, own: int, user_id: int, order_id: int, now: datetime) -> str:
    order = session.get_one(Order, order_id, options=[selectinload(Order.lines)])
    order.channel, order.organisation_id = Channel.CANTEEN, own
    session.flush()
    count_purchase(session, OrderConfirmed(order_id, None))
    session.add(CanteenOrder(order_id=order_id, organisation_id=own, deliver_on=shanghai_date(now)))
    session.add_all(
        CanteenLine(
            order_line_id=line.id, order_id=order_id, cases=line.quantity, units_per_case=1,
            expected_g=line.net_weight_g or 500, weighed_price_fen=max(line.unit_price_fen * 5 // 6, 1),
        )
        for line in order.lines
    )  # fmt: skip
    weighing = Weighing(
        order_id=order_id, number=1, state=WeighingState.WRITTEN, words="称过两遍", written_at=now, written_by_id=user_id,
        lines=[WeighingLine(order_line_id=line.id, received_g=480, words="少了一点") for line in order.lines],
    )  # fmt: skip
    session.add(weighing)
    session.flush()
    return order.number


def _standing(session: Session, own: int, user_id: int, variant_id: int, now: datetime) -> int:
    first = shanghai_date(now) + timedelta(days=1)
    if session.get(CanteenGood, variant_id) is None:
        session.add(CanteenGood(variant_id=variant_id, units_per_case=6, set_at=now))
    standing = StandingOrder(
        organisation_id=own, name="每周的蛋", every_weeks=1, weekdays=str(first.weekday()), first_on=first, days_before=1,
        delivery=DeliveryKind.COURIER, province="陕西省", city="西安市", district="碑林区", street="咸宁西路 28 号",
        recipient="冯师傅", phone="+8613900000000", note="后门", handler="何老师", acceptor="冯师傅", user_id=user_id,
        made_at=now, token=f"planted {own}",
    )  # fmt: skip
    session.add(standing)
    session.flush()
    pause, missed = first + timedelta(days=7), first - timedelta(days=7)
    session.add_all(
        [
            StandingLine(standing_id=standing.id, from_on=first, variant_id=variant_id, cases=1),
            StandingPause(standing_id=standing.id, first_on=pause, last_on=pause),
            StandingDay(
                standing_id=standing.id, on=missed, state=DayState.FAILED, code="sold_out", at=now, facts={}
            ),
            StandingEvent(standing_id=standing.id, at=now, kind="set_up", actor_id=user_id, facts={}),
        ]
    )
    session.flush()
    return standing.id
