"""Closed campaigns: members are promised what stands in the orders, at their points and in parcels home.

An order that has just changed is not compared until the choices have followed. Of one of which nothing comes nobody may
wait for anything; who was handed something of it keeps it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.campaigns.after_models import OrderChange
from shop.campaigns.day.standing import IS_AT_POINT, with_standing
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine
from shop.campaigns.models import Campaign, CampaignOrder, CampaignState
from shop.campaigns.own_models import CampaignParcel
from shop.check.rule import or_nothing, rule, total
from shop.ordering.models import Order, OrderLine
from shop.ordering.what_stands import IS_GONE, UNITS


def _is_to_follow(order_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(OrderChange.order_id == order_id)


def _not_compared(order_id: Any) -> sa.ColumnElement[bool]:
    gone = sa.select(Order.id).where(Order.id == order_id, IS_GONE).correlate_except(Order)
    return sa.or_(_is_to_follow(order_id), gone.exists())


_chosen = (
    sa.select(
        CampaignMember.campaign_id,
        Choice.pickup_point_id,
        ChoiceLine.variant_id,
        total(ChoiceLine.quantity, "units"),
    )
    .join(Choice, Choice.member_id == CampaignMember.id)
    .join(ChoiceLine, ChoiceLine.member_id == Choice.member_id)
    .join(Campaign, Campaign.id == CampaignMember.campaign_id)
    .outerjoin(
        CampaignOrder,
        sa.and_(
            CampaignOrder.campaign_id == Campaign.id,
            CampaignOrder.pickup_point_id == Choice.pickup_point_id,
        ),
    )
    .where(Campaign.state == CampaignState.CLOSED, Choice.pickup_point_id.is_not(None))
    .where(~_not_compared(CampaignOrder.order_id))
    .group_by(CampaignMember.campaign_id, Choice.pickup_point_id, ChoiceLine.variant_id)
    .subquery()
)
_ordered = (
    sa.select(
        CampaignOrder.campaign_id,
        CampaignOrder.pickup_point_id,
        OrderLine.variant_id,
        total(UNITS, "units"),
    )
    .join(Order, Order.id == CampaignOrder.order_id)
    .join(OrderLine, OrderLine.order_id == Order.id)
    .join(Campaign, Campaign.id == CampaignOrder.campaign_id)
    .where(Campaign.state == CampaignState.CLOSED, ~_not_compared(CampaignOrder.order_id))
    .group_by(CampaignOrder.campaign_id, CampaignOrder.pickup_point_id, OrderLine.variant_id)
    .subquery()
)
_sent = (
    sa.select(
        CampaignParcel.member_id,
        OrderLine.variant_id,
        total(UNITS, "quantity"),
        sa.func.min(Order.id).label("order_id"),
    )
    .join(Order, Order.id == CampaignParcel.order_id)
    .join(OrderLine, OrderLine.order_id == Order.id)
    .group_by(CampaignParcel.member_id, OrderLine.variant_id)
    .subquery()
)
_same_line = sa.and_(_sent.c.member_id == ChoiceLine.member_id, _sent.c.variant_id == ChoiceLine.variant_id)
_same = sa.and_(
    _chosen.c.campaign_id == _ordered.c.campaign_id,
    _chosen.c.pickup_point_id == _ordered.c.pickup_point_id,
    _chosen.c.variant_id == _ordered.c.variant_id,
)
_waits = (
    with_standing(sa.select(CampaignMember.campaign_id, Choice.member_id, Choice.pickup_point_id))
    .where(Choice.pickup_code.is_not(None), Choice.allowance_fen > 0, IS_AT_POINT)
    .where(Campaign.state == CampaignState.CLOSED)
    .subquery()
)

RULES = (
    rule(
        "campaign: members are promised the units that stand in the campaign's orders",
        sa.select(
            _chosen.c.campaign_id,
            _chosen.c.variant_id,
            _chosen.c.units,
            or_nothing(_ordered.c.units).label("ordered"),
        )
        .outerjoin(_ordered, _same)
        .where(or_nothing(_ordered.c.units) != _chosen.c.units),
        "campaign {campaign_id}",
        "variant {variant_id}: {units} promised, {ordered} stand",
    ),
    rule(
        "campaign: no order of a closed campaign holds what nobody gets",
        sa.select(_ordered.c.campaign_id, Order.number, _ordered.c.variant_id, _ordered.c.units)
        .join(
            CampaignOrder,
            sa.and_(
                CampaignOrder.campaign_id == _ordered.c.campaign_id,
                CampaignOrder.pickup_point_id == _ordered.c.pickup_point_id,
            ),
        )
        .join(Order, Order.id == CampaignOrder.order_id)
        .outerjoin(_chosen, _same)
        .where(_chosen.c.units.is_(None), _ordered.c.units > 0),
        "campaign {campaign_id}",
        "order {number} holds {units} of variant {variant_id}, which nobody gets",
    ),
    rule(
        "campaign: each parcel of a closed campaign holds what its member is promised",
        sa.union_all(
            sa.select(
                ChoiceLine.member_id,
                ChoiceLine.variant_id,
                ChoiceLine.quantity.label("chosen"),
                or_nothing(_sent.c.quantity).label("sent"),
            )
            .join(Choice, Choice.member_id == ChoiceLine.member_id)
            .join(CampaignMember, CampaignMember.id == Choice.member_id)
            .join(Campaign, Campaign.id == CampaignMember.campaign_id)
            .outerjoin(_sent, _same_line)
            .where(
                Campaign.state == CampaignState.CLOSED,
                Choice.pickup_point_id.is_(None),
                ~_not_compared(_sent.c.order_id),
                or_nothing(_sent.c.quantity) != ChoiceLine.quantity,
            ),
            sa.select(
                _sent.c.member_id,
                _sent.c.variant_id,
                sa.literal(0).label("chosen"),
                _sent.c.quantity.label("sent"),
            )
            .join(CampaignMember, CampaignMember.id == _sent.c.member_id)
            .join(Campaign, Campaign.id == CampaignMember.campaign_id)
            .outerjoin(ChoiceLine, _same_line)
            .where(
                Campaign.state == CampaignState.CLOSED,
                ChoiceLine.member_id.is_(None),
                _sent.c.quantity > 0,
                ~_not_compared(_sent.c.order_id),
            ),
        ),  # type: ignore[arg-type]
        "campaign member {member_id}",
        "variant {variant_id}: {chosen} promised, {sent} stand in the parcel",
    ),
    rule(
        "campaign: nobody waits for goods of an order of which nothing comes",
        sa.union_all(
            sa.select(_waits.c.member_id, Order.number)
            .join(CampaignOrder, CampaignOrder.pickup_point_id == _waits.c.pickup_point_id)
            .join(Order, Order.id == CampaignOrder.order_id)
            .where(CampaignOrder.campaign_id == _waits.c.campaign_id, IS_GONE, ~_is_to_follow(Order.id)),
            sa.select(ChoiceLine.member_id, Order.number)
            .join(CampaignParcel, CampaignParcel.member_id == ChoiceLine.member_id)
            .join(Order, Order.id == CampaignParcel.order_id)
            .where(IS_GONE, ~_is_to_follow(Order.id)),
        ),  # type: ignore[arg-type]
        "campaign member {member_id}",
        "waits for goods of order {number}, which was called off or paid back",
    ),
)
