"""Closed campaigns: members are promised what stands in the orders, at their points and in parcels home.

An order that has just changed is not compared until the choices have followed. Of one of which nothing comes nobody may
wait for anything; who was handed something of it keeps it.
"""

from __future__ import annotations

import sqlalchemy as sa

from shop.campaigns.after_models import OrderChange
from shop.campaigns.day.standing import IS_AT_POINT, with_standing
from shop.campaigns.member_models import CampaignMember, Choice, ChoiceLine
from shop.campaigns.models import Campaign, CampaignState
from shop.campaigns.order_places import placed
from shop.check.rule import or_nothing, rule, total
from shop.ordering.models import Order, OrderLine
from shop.ordering.what_stands import IS_GONE, UNITS

_place = placed()
_changed = sa.exists().where(OrderChange.order_id == _place.c.order_id)
_gone = sa.exists().where(Order.id == _place.c.order_id, IS_GONE)
_of_choice = sa.or_(
    sa.and_(
        _place.c.campaign_id == CampaignMember.campaign_id,
        _place.c.pickup_point_id == Choice.pickup_point_id,
    ),
    _place.c.member_id == Choice.member_id,
)
# Until the choices have followed, and where an order came to nothing, since who had theirs by then keeps it.
_NOT_COMPARED = sa.exists().where(_of_choice, sa.or_(_changed, _gone)).correlate(CampaignMember, Choice)
_STANDS = (
    sa.exists()
    .where(_of_choice, Order.id == _place.c.order_id, sa.not_(IS_GONE))
    .correlate(CampaignMember, Choice)
)
_IS_TO_FOLLOW = sa.exists().where(_of_choice, _changed).correlate(CampaignMember, Choice)

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
    .where(Campaign.state == CampaignState.CLOSED, Choice.pickup_point_id.is_not(None), ~_NOT_COMPARED)
    .group_by(CampaignMember.campaign_id, Choice.pickup_point_id, ChoiceLine.variant_id)
    .subquery()
)
_one, _other = placed(), placed()
_other_changed = sa.exists().where(OrderChange.order_id == _other.c.order_id)
_other_gone = sa.exists().where(Order.id == _other.c.order_id, IS_GONE)
_compared = sa.not_(
    sa.exists()
    .where(
        _other.c.campaign_id == _one.c.campaign_id,
        sa.or_(_other.c.pickup_point_id == _one.c.pickup_point_id, _other.c.member_id == _one.c.member_id),
        sa.or_(_other_changed, _other_gone),
    )
    .correlate(_one)
)
_stand = (
    sa.select(
        _one.c.campaign_id,
        _one.c.pickup_point_id,
        _one.c.member_id,
        OrderLine.variant_id,
        total(UNITS, "units"),
        sa.func.min(Order.number).label("number"),
    )
    .join(Order, Order.id == _one.c.order_id)
    .join(OrderLine, OrderLine.order_id == Order.id)
    .join(Campaign, Campaign.id == _one.c.campaign_id)
    .where(Campaign.state == CampaignState.CLOSED, _compared)
    .group_by(_one.c.campaign_id, _one.c.pickup_point_id, _one.c.member_id, OrderLine.variant_id)
)
_ordered = _stand.where(_one.c.pickup_point_id.is_not(None)).subquery()
_sent = _stand.where(_one.c.member_id.is_not(None)).subquery()
_same_line = sa.and_(_sent.c.member_id == ChoiceLine.member_id, _sent.c.variant_id == ChoiceLine.variant_id)
_same = sa.and_(
    _chosen.c.campaign_id == _ordered.c.campaign_id,
    _chosen.c.pickup_point_id == _ordered.c.pickup_point_id,
    _chosen.c.variant_id == _ordered.c.variant_id,
)
# Goods that nobody has handed out: at a point until then, and all that is sent home.
_WAITS = sa.or_(
    sa.and_(Choice.pickup_code.is_not(None), Choice.allowance_fen > 0, IS_AT_POINT),
    sa.and_(Choice.pickup_point_id.is_(None), Choice.allowance_fen > 0),
)
_first = (
    sa.select(sa.func.min(Order.number))
    .join(_place, _place.c.order_id == Order.id)
    .where(_of_choice)
    .correlate(CampaignMember, Choice)
    .scalar_subquery()
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
        sa.select(_ordered.c.campaign_id, _ordered.c.number, _ordered.c.variant_id, _ordered.c.units)
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
                or_nothing(_sent.c.units).label("sent"),
            )
            .join(Choice, Choice.member_id == ChoiceLine.member_id)
            .join(CampaignMember, CampaignMember.id == Choice.member_id)
            .join(Campaign, Campaign.id == CampaignMember.campaign_id)
            .outerjoin(_sent, _same_line)
            .where(
                Campaign.state == CampaignState.CLOSED,
                Choice.pickup_point_id.is_(None),
                ~_NOT_COMPARED,
                or_nothing(_sent.c.units) != ChoiceLine.quantity,
            ),
            sa.select(
                _sent.c.member_id,
                _sent.c.variant_id,
                sa.literal(0).label("chosen"),
                _sent.c.units.label("sent"),
            )
            .outerjoin(ChoiceLine, _same_line)
            .where(ChoiceLine.member_id.is_(None), _sent.c.units > 0),
        ),  # type: ignore[arg-type]
        "campaign member {member_id}",
        "variant {variant_id}: {chosen} promised, {sent} stand in the parcel",
    ),
    rule(
        "campaign: nobody waits for goods of an order of which nothing comes",
        with_standing(sa.select(Choice.member_id, _first.label("number"))).where(
            Campaign.state == CampaignState.CLOSED, _WAITS, _first.is_not(None), ~_STANDS, ~_IS_TO_FOLLOW
        ),
        "campaign member {member_id}",
        "waits for goods of order {number}, which was called off or paid back",
    ),
)
