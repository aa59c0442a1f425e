"""Organisations above and below each other, limits of members, and orders that somebody has to approve."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from shop.accounts.models import Organisation, OrganisationKind, OrganisationMember
from shop.accounts.organisation_models import SpendingLimit
from shop.check.rule import rule
from shop.ordering.approvals.models import ApprovalState, OrderApproval
from shop.ordering.models import Order, OrderStatus

_parent = aliased(Organisation)
_up = (
    sa.select(Organisation.id.label("below"), Organisation.parent_id.label("above"))
    .where(Organisation.parent_id.is_not(None))
    .cte("up", recursive=True)
)
# UNION, and not UNION ALL: a circle ends.
_up = _up.union(
    sa.select(_up.c.below, Organisation.parent_id).where(
        Organisation.id == _up.c.above, Organisation.parent_id.is_not(None)
    )
)

RULES = (
    rule(
        "organisations: none stands under itself",
        sa.select(_up.c.below.label("id")).where(_up.c.below == _up.c.above).distinct(),
        "organisation {id}",
        "going up from it leads back to it",
    ),
    rule(
        "organisations: only a union stands under a union",
        sa.select(Organisation.slug, Organisation.kind)
        .join(_parent, _parent.id == Organisation.parent_id)
        .where(sa.or_(Organisation.kind != OrganisationKind.UNION, _parent.kind != OrganisationKind.UNION)),
        "organisation {slug}",
        "it is {kind}, or stands under what is none",
    ),
    rule(
        "organisations: limits are of members",
        sa.select(SpendingLimit.id, SpendingLimit.user_id.label("person"))
        .outerjoin(
            OrganisationMember,
            sa.and_(
                OrganisationMember.organisation_id == SpendingLimit.organisation_id,
                OrganisationMember.user_id == SpendingLimit.user_id,
            ),
        )
        .where(SpendingLimit.user_id.is_not(None), OrganisationMember.user_id.is_(None)),
        "limit {id}",
        "person {person} does not belong to the organisation",
    ),
    rule(
        "approvals: what waits is an order that awaits its money",
        sa.select(Order.number, Order.status)
        .join(OrderApproval, OrderApproval.order_id == Order.id)
        .where(OrderApproval.state == ApprovalState.WAITING, Order.status != OrderStatus.AWAITING_PAYMENT),
        "order {number}",
        "it is {status}, and its approval waits",
    ),
    rule(
        "approvals: what was approved was accepted",
        sa.select(Order.number, OrderApproval.id.label("approval"))
        .join(OrderApproval, OrderApproval.order_id == Order.id)
        .where(OrderApproval.state == ApprovalState.APPROVED, Order.confirmed_at.is_(None)),
        "order {number}",
        "approval {approval} stands, and the order was never confirmed",
    ),
    rule(
        "approvals: nobody decides about their own order",
        sa.select(Order.number, OrderApproval.decided_by_id.label("person"))
        .join(OrderApproval, OrderApproval.order_id == Order.id)
        .where(OrderApproval.decided_by_id == Order.user_id),
        "order {number}",
        "person {person} ordered it and decided",
    ),
)
