"""Welfare campaigns: nobody above the allowance or the yearly count, no time overbooked."""

from __future__ import annotations

import sqlalchemy as sa

from shop.accounts.families import families
from shop.campaigns.approval_models import CampaignApproval
from shop.campaigns.member_models import CampaignMember, CampaignUnit, Choice, ChoiceLine, YearOfAllowance
from shop.campaigns.models import Campaign, CampaignGood, CampaignSlot, CampaignState
from shop.campaigns.own_models import TopUp
from shop.check.rule import or_nothing, rule, total
from shop.ordering.approvals.models import ApprovalState
from shop.ordering.models import Order, OrderLine

_lines = (
    sa.select(ChoiceLine.member_id, total(ChoiceLine.quantity * ChoiceLine.price_fen, "fen"))
    .group_by(ChoiceLine.member_id)
    .subquery()
)
_slots = (
    sa.select(Choice.slot_id, sa.func.count(Choice.member_id).label("people"))
    .group_by(Choice.slot_id)
    .subquery()
)
_families = families()
_family_id = sa.func.coalesce(_families.c.family_id, Campaign.organisation_id)
_years = (
    sa.select(
        _family_id.label("organisation_id"),
        CampaignMember.staff_number,
        Campaign.year,
        total(Choice.allowance_fen, "fen"),
    )
    .join(CampaignMember, CampaignMember.campaign_id == Campaign.id)
    .join(Choice, Choice.member_id == CampaignMember.id)
    .outerjoin(_families, _families.c.id == Campaign.organisation_id)
    .group_by(_family_id, CampaignMember.staff_number, Campaign.year)
    .subquery()
)
_units = (
    sa.select(CampaignMember.unit_id, total(Choice.allowance_fen, "fen"))
    .join(Choice, Choice.member_id == CampaignMember.id)
    .group_by(CampaignMember.unit_id)
    .subquery()
)
_bought = sa.and_(TopUp.order_id == OrderLine.order_id, TopUp.given_up_at.is_(None))
_wanted = sa.union_all(
    sa.select(CampaignMember.campaign_id, ChoiceLine.variant_id, ChoiceLine.quantity).join(
        CampaignMember, CampaignMember.id == ChoiceLine.member_id
    ),
    sa.select(CampaignMember.campaign_id, OrderLine.variant_id, OrderLine.quantity)
    .join(TopUp, _bought)
    .join(CampaignMember, CampaignMember.id == TopUp.member_id),
).subquery()
_goods = (
    sa.select(_wanted.c.campaign_id, _wanted.c.variant_id, total(_wanted.c.quantity, "units"))
    .group_by(_wanted.c.campaign_id, _wanted.c.variant_id)
    .subquery()
)
_own = (
    sa.select(TopUp.member_id, total(Order.goods_fen, "fen"))
    .join(Order, Order.id == TopUp.order_id)
    .where(TopUp.given_up_at.is_(None))
    .group_by(TopUp.member_id)
    .subquery()
)
_sums, _people = or_nothing(_lines.c.fen), or_nothing(_slots.c.people)
_own_fen = or_nothing(_own.c.fen)
_counted = sa.case((Campaign.freight_counts, Choice.freight_fen), else_=0)
_year_fen, _unit_fen, _units_taken = (
    or_nothing(_years.c.fen),
    or_nothing(_units.c.fen),
    or_nothing(_goods.c.units),
)

RULES = (
    rule(
        "campaign: what waits for approval says so, and nothing else waits",
        sa.select(Campaign.id, Campaign.state)
        .outerjoin(
            CampaignApproval,
            sa.and_(
                CampaignApproval.campaign_id == Campaign.id, CampaignApproval.state == ApprovalState.WAITING
            ),
        )
        .where((Campaign.state == CampaignState.WAITING) != CampaignApproval.id.is_not(None)),
        "campaign {id}",
        "{state}, and what waits says otherwise",
    ),
    rule(
        "campaign: nobody has more than the allowance, and goods are worth what is said",
        sa.select(Choice.member_id, Choice.total_fen, Choice.allowance_fen, _sums.label("goods"))
        .join(CampaignMember, CampaignMember.id == Choice.member_id)
        .join(Campaign, Campaign.id == CampaignMember.campaign_id)
        .outerjoin(_lines, _lines.c.member_id == Choice.member_id)
        .where(
            sa.or_(Choice.allowance_fen != _sums + _counted, Choice.allowance_fen > Campaign.allowance_fen)
        ),
        "campaign member {member_id}",
        "{allowance_fen} of {total_fen} fen, the goods are worth {goods} fen",
    ),
    rule(
        "campaign: what members add is what their own orders cost",
        sa.union_all(
            sa.select(Choice.member_id, Choice.own_fen, _own_fen.label("orders"))
            .outerjoin(_own, _own.c.member_id == Choice.member_id)
            .where(Choice.own_fen != _own_fen),
            sa.select(_own.c.member_id, sa.literal(0).label("own_fen"), _own.c.fen.label("orders"))
            .outerjoin(Choice, Choice.member_id == _own.c.member_id)
            .where(Choice.member_id.is_(None)),
        ),  # type: ignore[arg-type]
        "campaign member {member_id}",
        "{own_fen} fen of their own, live orders over {orders} fen",
    ),
    rule(
        "campaign: no own order is on anybody else's account",
        sa.select(TopUp.member_id, Order.number, Order.payment_method)
        .join(Order, Order.id == TopUp.order_id)
        .where(sa.or_(Order.organisation_id.is_not(None), Order.payment_method == "on_account")),
        "campaign member {member_id}",
        "order {number} is paid by {payment_method}",
    ),
    rule(
        "campaign: no time is overbooked, and its places are counted",
        sa.select(CampaignSlot.id, CampaignSlot.taken, CampaignSlot.capacity, _people.label("people"))
        .outerjoin(_slots, _slots.c.slot_id == CampaignSlot.id)
        .where(sa.or_(CampaignSlot.taken != _people, _people > CampaignSlot.capacity)),
        "campaign slot {id}",
        "counted {taken} of {capacity}, {people} people have it",
    ),
    rule(
        "campaign: a member's year counts what was chosen in it",
        sa.select(
            YearOfAllowance.staff_number,
            YearOfAllowance.year,
            YearOfAllowance.spent_fen,
            _year_fen.label("fen"),
        )
        .outerjoin(
            _years,
            sa.and_(
                _years.c.organisation_id == YearOfAllowance.organisation_id,
                _years.c.staff_number == YearOfAllowance.staff_number,
                _years.c.year == YearOfAllowance.year,
            ),
        )
        .where(YearOfAllowance.spent_fen != _year_fen),
        "member {staff_number}",
        "{year}: counted {spent_fen} fen, the choices are {fen} fen",
    ),
    rule(
        "campaign: a sub-union's sum and each good's units are what its members chose",
        sa.union_all(
            sa.select(
                sa.literal("unit").label("what"),
                CampaignUnit.id,
                CampaignUnit.spent_fen.label("counted"),
                _unit_fen.label("found"),
            )
            .outerjoin(_units, _units.c.unit_id == CampaignUnit.id)
            .where(CampaignUnit.spent_fen != _unit_fen),
            sa.select(
                sa.literal("good").label("what"),
                CampaignGood.id,
                CampaignGood.taken_units.label("counted"),
                _units_taken.label("found"),
            )
            .outerjoin(
                _goods,
                sa.and_(
                    _goods.c.campaign_id == CampaignGood.campaign_id,
                    _goods.c.variant_id == CampaignGood.variant_id,
                ),
            )
            .where(CampaignGood.taken_units != _units_taken),
        ),  # type: ignore[arg-type]
        "campaign {what} {id}",
        "counted {counted}, the choices say {found}",
    ),
)
