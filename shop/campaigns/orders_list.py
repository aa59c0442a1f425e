"""The orders of a closed campaign, for its organiser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.models import CampaignOrder
from shop.campaigns.own_models import CampaignParcel
from shop.delivery.models import PickupPoint, Run
from shop.ordering.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class PointOrder:
    order: Order
    point: PickupPoint
    run: Run | None
    units: int


@dataclass(frozen=True, slots=True)
class Orders:
    """Of the points one by one; of parcels home, of which there may be thousands, only how many and what they cost."""

    points: Sequence[PointOrder] = ()
    homes: int = 0
    homes_fen: int = 0
    freight_fen: int = 0

    @property
    def count(self) -> int:
        return len(self.points) + self.homes

    @property
    def all(self) -> bool:
        return self.count > 0

    @property
    def total_fen(self) -> int:
        return sum(one.order.total_fen for one in self.points) + self.homes_fen


def order_ids_of(campaign_id: int) -> sa.Select[int]:
    """SQL: every order of the bill, of points and of parcels home."""
    parcels = sa.select(CampaignParcel.order_id).where(CampaignParcel.campaign_id == campaign_id)
    return sa.select(Order.id).where(
        sa.or_(
            Order.id.in_(sa.select(CampaignOrder.order_id).where(CampaignOrder.campaign_id == campaign_id)),
            Order.id.in_(parcels),
        )
    )


def orders_of(session: Session, campaign_id: int) -> Orders:
    """Two statements."""
    units = (
        sa.select(sa.func.coalesce(sa.func.sum(OrderLine.quantity), 0))
        .where(OrderLine.order_id == Order.id)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Order, PickupPoint, Run, units)
        .join(CampaignOrder, CampaignOrder.order_id == Order.id)
        .join(PickupPoint, PickupPoint.id == CampaignOrder.pickup_point_id)
        .outerjoin(Run, Run.id == Order.run_id)
        .where(CampaignOrder.campaign_id == campaign_id)
        .order_by(PickupPoint.position, PickupPoint.id)
    )
    parcels = session.execute(
        sa.select(
            sa.func.count(Order.id),
            sa.func.coalesce(sa.func.sum(Order.total_fen), 0),
            sa.func.coalesce(sa.func.sum(Order.freight_fen), 0),
        )
        .join(CampaignParcel, CampaignParcel.order_id == Order.id)
        .where(CampaignParcel.campaign_id == campaign_id)
    ).one()
    return Orders([PointOrder(*row) for row in rows], *(int(figure) for figure in parcels))
