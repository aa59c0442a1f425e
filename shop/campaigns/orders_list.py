"""The orders of a closed campaign, for its organiser: what was ordered, what of it went back, what is still to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.campaigns.after_models import CallOff
from shop.campaigns.order_places import placed
from shop.delivery.models import PickupPoint, Run
from shop.ordering.models import Order, OrderLine
from shop.ordering.what_stands import IS_GONE, UNITS


@dataclass(frozen=True, slots=True)
class PointOrder:
    """`units`: those that stand. `reason`: why the organiser called it off; empty where nobody of the union did.

    `instead_of`: the number of the order whose missing goods these go for; empty for an order of the close.
    """

    order: Order
    point: PickupPoint
    run: Run | None
    units: int
    is_gone: bool
    reason: str
    instead_of: str


@dataclass(frozen=True, slots=True)
class Orders:
    """Of the points one by one; of parcels home, of which there may be thousands, only how many and what they cost."""

    points: Sequence[PointOrder] = ()
    homes: int = 0
    homes_fen: int = 0
    freight_fen: int = 0
    homes_back_fen: int = 0
    homes_gone: int = 0

    @property
    def count(self) -> int:
        return len(self.points) + self.homes

    @property
    def all(self) -> bool:
        return self.count > 0

    @property
    def total_fen(self) -> int:
        return sum(one.order.total_fen for one in self.points) + self.homes_fen

    @property
    def refunded_fen(self) -> int:
        """What went back, or is not owed any more."""
        return sum(one.order.refunded_fen for one in self.points) + self.homes_back_fen

    @property
    def stays_fen(self) -> int:
        return self.total_fen - self.refunded_fen

    @property
    def standing(self) -> int:
        """Orders of which something comes."""
        return sum(not one.is_gone for one in self.points) + self.homes - self.homes_gone


def orders_of(session: Session, campaign_id: int) -> Orders:
    """Two statements."""
    units = (
        sa.select(sa.cast(sa.func.coalesce(sa.func.sum(UNITS), 0), sa.BigInteger))
        .where(OrderLine.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    one, first = placed(), aliased(Order)
    number = sa.func.coalesce(first.number, "")
    rows = session.execute(
        sa.select(Order, PickupPoint, Run, units, IS_GONE, sa.func.coalesce(CallOff.reason, ""), number)
        .join(one, one.c.order_id == Order.id)
        .join(PickupPoint, PickupPoint.id == one.c.pickup_point_id)
        .outerjoin(first, first.id == one.c.for_order_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .outerjoin(CallOff, CallOff.order_id == Order.id)
        .where(one.c.campaign_id == campaign_id)
        .order_by(PickupPoint.position, PickupPoint.id, Order.id)
    )
    parcels = session.execute(
        sa.select(
            sa.func.count(Order.id),
            sa.func.coalesce(sa.func.sum(Order.total_fen), 0),
            sa.func.coalesce(sa.func.sum(Order.freight_fen), 0),
            sa.func.coalesce(sa.func.sum(Order.refunded_fen), 0),
            sa.func.coalesce(sa.func.sum(sa.case((IS_GONE, 1), else_=0)), 0),
        )
        .join(one, one.c.order_id == Order.id)
        .where(one.c.campaign_id == campaign_id, one.c.member_id.is_not(None))
    ).one()
    return Orders([PointOrder(*row) for row in rows], *(int(figure) for figure in parcels))
