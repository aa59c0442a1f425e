"""The room on a truck is what its orders weigh, and what stands on it travels with it."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.delivery.models import Run, RunStatus
from shop.fulfilment.models import Parcel, ParcelStatus
from shop.ordering.models import Order, OrderStatus

_weights = (
    sa.select(Order.run_id, total(sa.func.coalesce(Order.run_weight_g, Order.gross_weight_g), "grams"))
    .where(Order.run_id.is_not(None), Order.status != OrderStatus.CANCELLED)
    .group_by(Order.run_id)
    .subquery()
)
_grams = or_nothing(_weights.c.grams)

RULES = (
    rule(
        "truck: what is booked is what its orders weigh",
        sa.select(Run.code, Run.booked_g, _grams.label("grams"))
        .outerjoin(_weights, _weights.c.run_id == Run.id)
        .where(Run.booked_g != _grams),
        "run {code}",
        "booked {booked_g} g, orders weigh {grams} g",
    ),
    rule(
        "truck: not more than it carries",
        sa.select(Run.code, Run.booked_g, Run.capacity_g).where(Run.booked_g > Run.capacity_g),
        "run {code}",
        "booked {booked_g} g, carries {capacity_g} g",
    ),
    rule(
        "truck: what it carries left with it",
        sa.select(Parcel.code, Run.code.label("run"), Run.status)
        .join(Run, Run.id == Parcel.run_id)
        .where(Parcel.status == ParcelStatus.PACKED, Run.status != RunStatus.PLANNED),
        "parcel {code}",
        "packed, and truck {run} is {status}",
    ),
)
