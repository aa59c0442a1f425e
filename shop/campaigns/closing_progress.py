"""How far a close is, for its page."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.campaigns.member_models import CampaignMember, Choice, Standing
from shop.campaigns.models import Campaign, CampaignSlot
from shop.campaigns.order_places import all_orders
from shop.campaigns.parcels import count_homes
from shop.ordering.models import Order, OrderStatus


@dataclass(frozen=True, slots=True)
class ClosingProgress:
    """While it is being closed: members who have something, orders that are placed and accepted, and how many there will be."""

    members: int
    served: int
    placed: int
    accepted: int
    orders: int

    @property
    def percent(self) -> float:
        """Each member is served, each order is placed and then accepted."""
        whole = self.members + 2 * self.orders
        return round(100 * (self.served + self.placed + self.accepted) / whole, 1) if whole else 0.0


def progress_of(session: Session, campaign: Campaign) -> ClosingProgress:
    enrolled = sa.select(sa.func.count(CampaignMember.id)).where(
        CampaignMember.campaign_id == campaign.id, CampaignMember.standing != Standing.TAKEN_BACK
    )
    points = sa.select(sa.func.count(CampaignSlot.pickup_point_id.distinct())).where(
        CampaignSlot.campaign_id == campaign.id
    )
    waiting = _count_orders(session, campaign.id, OrderStatus.AWAITING_PAYMENT)
    accepted = _count_orders(session, campaign.id, OrderStatus.CONFIRMED)
    members, served = session.scalar(enrolled) or 0, session.scalar(_choices(campaign.id)) or 0
    orders = (session.scalar(points) or 0) + count_homes(session, campaign.id)
    return ClosingProgress(
        members, min(served, members), waiting + accepted, accepted, max(orders, waiting + accepted)
    )


def _count_orders(session: Session, campaign_id: int, status: OrderStatus) -> int:
    mine = Order.id.in_(all_orders(campaign_id))
    return session.scalar(sa.select(sa.func.count(Order.id)).where(mine, Order.status == status)) or 0


def _choices(campaign_id: int) -> sa.Select[int]:
    return (
        sa.select(sa.func.count(Choice.member_id))
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .where(CampaignMember.campaign_id == campaign_id)
    )
