"""Every order of a closed campaign with its pickup point or the member whose parcel it is. SQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.campaigns.after_models import InsteadOrder
from shop.campaigns.models import CampaignOrder
from shop.campaigns.own_models import CampaignParcel

_NOTHING = sa.cast(sa.null(), sa.BigInteger)


def placed() -> sa.Subquery:
    """One row an order: campaign, point, member, and for what was ordered instead the order whose goods were missing."""
    return sa.union_all(
        sa.select(
            CampaignOrder.order_id,
            CampaignOrder.campaign_id,
            CampaignOrder.pickup_point_id,
            _NOTHING.label("member_id"),
            _NOTHING.label("for_order_id"),
        ),
        sa.select(
            CampaignParcel.order_id, CampaignParcel.campaign_id, _NOTHING, CampaignParcel.member_id, _NOTHING
        ),
        sa.select(
            InsteadOrder.order_id,
            InsteadOrder.campaign_id,
            InsteadOrder.pickup_point_id,
            InsteadOrder.member_id,
            InsteadOrder.for_order_id,
        ).where(InsteadOrder.given_at.is_not(None)),
    ).subquery()


def all_orders(campaign_id: int) -> sa.CompoundSelect[int]:
    """Of its pickup points, of its parcels, and what was ordered instead of goods that were missing."""
    return sa.union_all(
        sa.select(CampaignOrder.order_id).where(CampaignOrder.campaign_id == campaign_id),
        sa.select(CampaignParcel.order_id).where(CampaignParcel.campaign_id == campaign_id),
        sa.select(InsteadOrder.order_id).where(
            InsteadOrder.campaign_id == campaign_id, InsteadOrder.given_at.is_not(None)
        ),
    )


def place_of(order_id: int) -> sa.Select[Any]:
    """The row of one order; none for an order of no campaign."""
    one = placed()
    return sa.select(one.c.campaign_id, one.c.pickup_point_id, one.c.member_id, one.c.for_order_id).where(
        one.c.order_id == order_id
    )
