"""Weighings that wait for the shop's team: an amount was refunded that only people can name, or nobody there can confirm them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Organisation, OrganisationMember, User
from shop.canteens.models import CanteenLine, CanteenOrder
from shop.canteens.weighing import RECEIVING
from shop.canteens.weight_models import Weighing, WeighingState
from shop.ordering.models import Order
from shop.payments.models import NOTHING_BACK, Refund, RefundBearer
from shop.storage.paging import First, read_first


def weighings_for_team(session: Session, *, most: int) -> First[tuple[str, str, datetime, bool]]:
    """Order, organisation, since when, and whether an amount is to be named; who waits longest first.

    Only of orders with goods by weight: of others the team has nothing to settle.
    """
    by_weight = sa.exists().where(
        CanteenLine.order_id == Weighing.order_id, CanteenLine.expected_g.is_not(None)
    )
    unnamed = sa.exists().where(
        Refund.order_id == Weighing.order_id,
        Refund.free_fen > 0,
        Refund.status.not_in(NOTHING_BACK),
        Refund.bearer != RefundBearer.WEIGHT,
    )
    another = (
        sa.exists()
        .where(
            OrganisationMember.organisation_id == CanteenOrder.organisation_id,
            OrganisationMember.role.in_(RECEIVING),
            OrganisationMember.user_id.is_distinct_from(Weighing.written_by_id),
            User.id == OrganisationMember.user_id,
            User.active,
        )
        .correlate(CanteenOrder, Weighing)
    )
    statement = (
        sa.select(Order.number, Organisation.name, Weighing.written_at, unnamed)
        .join(Order, Order.id == Weighing.order_id)
        .join(CanteenOrder, CanteenOrder.order_id == Order.id)
        .join(Organisation, Organisation.id == CanteenOrder.organisation_id)
        .where(Weighing.state == WeighingState.WRITTEN, by_weight, sa.or_(unnamed, ~another))
        .order_by(Weighing.written_at, Weighing.id)
    )
    return read_first(session, statement, most=most)
