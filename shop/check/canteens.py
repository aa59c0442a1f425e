"""Canteens: orders in whole cases, each day ordered once, and what is paid by weight."""

from __future__ import annotations

import sqlalchemy as sa

from shop.canteens.models import CanteenLine, CanteenOrder
from shop.canteens.standing_models import StandingDay
from shop.canteens.weight_models import Shortage, Weighing, WeighingLine, WeighingState
from shop.check.rule import or_nothing, rule, total
from shop.ordering.models import Channel, Order, OrderLine
from shop.payments.models import NOTHING_BACK, Refund, RefundBearer, RefundLine, RefundWeight

_is_canteens = Order.channel == Channel.CANTEEN
_by_weight = (2 * CanteenLine.weighed_price_fen * WeighingLine.received_g + CanteenLine.expected_g) // (
    2 * CanteenLine.expected_g
)
_stood = OrderLine.line_fen - WeighingLine.refunded_fen
_costs = sa.case((_by_weight > _stood, _stood), else_=_by_weight)
_newest = (
    sa.select(sa.func.max(Weighing.number))
    .where(Weighing.order_id == OrderLine.order_id, Weighing.state == WeighingState.SETTLED)
    .correlate(OrderLine)
    .scalar_subquery()
)
_less = (
    sa.select(RefundWeight.order_line_id, total(RefundWeight.amount_fen, "fen"))
    .join(Refund, Refund.id == RefundWeight.refund_id)
    .where(Refund.status.not_in(NOTHING_BACK))
    .group_by(RefundWeight.order_line_id)
    .subquery()
)
_refunded = (
    sa.select(RefundLine.order_line_id, total(RefundLine.units, "units"))
    .join(Refund, Refund.id == RefundLine.refund_id)
    .where(Refund.status.not_in(NOTHING_BACK))
    .group_by(RefundLine.order_line_id)
    .subquery()
)
_parts = (
    sa.select(RefundWeight.refund_id, total(RefundWeight.amount_fen, "fen"))
    .group_by(RefundWeight.refund_id)
    .subquery()
)
_follows = Refund.bearer == RefundBearer.WEIGHT

RULES = (
    rule(
        "canteen: an order of its sheet is written down with it, and is its organisation's",
        sa.select(Order.number, Order.channel)
        .outerjoin(CanteenOrder, CanteenOrder.order_id == Order.id)
        .where(
            sa.or_(
                _is_canteens != CanteenOrder.order_id.is_not(None),
                sa.and_(
                    CanteenOrder.order_id.is_not(None),
                    Order.organisation_id.is_distinct_from(CanteenOrder.organisation_id),
                ),
            )
        ),
        "order {number}",
        "it came by {channel}, and the canteen's list says otherwise",
    ),
    rule(
        "canteen: cases are the units of their line",
        sa.select(
            Order.number, OrderLine.sku, OrderLine.quantity, CanteenLine.cases, CanteenLine.units_per_case
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
        .where(CanteenLine.cases * CanteenLine.units_per_case != OrderLine.quantity),
        "order {number}",
        "{sku}: {quantity} units, {cases} cases of {units_per_case}",
    ),
    rule(
        "canteen: a day that is ordered has the order of that day",
        sa.select(Order.number, StandingDay.standing_id, StandingDay.on.label("day"))
        .join(StandingDay, StandingDay.order_id == Order.id)
        .outerjoin(CanteenOrder, CanteenOrder.order_id == Order.id)
        .where(
            sa.or_(
                CanteenOrder.standing_id.is_distinct_from(StandingDay.standing_id),
                CanteenOrder.deliver_on.is_distinct_from(StandingDay.on),
            )
        ),
        "order {number}",
        "standing order {standing_id} has it for {day}",
    ),
    rule(
        "canteen: a weight that was settled costs what its grams say",
        sa.select(
            Order.number, OrderLine.sku, WeighingLine.received_g, WeighingLine.fen, _costs.label("costs")
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(WeighingLine, WeighingLine.order_line_id == OrderLine.id)
        .join(Weighing, Weighing.id == WeighingLine.weighing_id)
        .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
        .where(
            Weighing.state == WeighingState.SETTLED,
            WeighingLine.received_g.is_not(None),
            or_nothing(WeighingLine.fen) != _costs,
        ),
        "order {number}",
        "{sku}: {received_g} g cost {costs} fen, settled at {fen}",
    ),
    rule(
        "canteen: so much less is owed as was weighed",
        sa.select(
            *(Order.number, OrderLine.sku, _stood.label("stood"), WeighingLine.fen),
            or_nothing(_less.c.fen).label("less"),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Weighing, sa.and_(Weighing.order_id == Order.id, Weighing.number == _newest))
        .join(
            WeighingLine,
            sa.and_(WeighingLine.weighing_id == Weighing.id, WeighingLine.order_line_id == OrderLine.id),
        )
        .outerjoin(_less, _less.c.order_line_id == OrderLine.id)
        .where(
            WeighingLine.received_g.is_not(None),
            _stood - or_nothing(WeighingLine.fen) != or_nothing(_less.c.fen),
        ),
        "order {number}",
        "{sku}: {stood} fen of it stood, weighed {fen}, {less} less is owed",
    ),
    rule(
        "canteen: what was missing by count was refunded, unit by unit",
        sa.select(
            *(Order.number, OrderLine.sku, OrderLine.quantity, WeighingLine.arrived),
            or_nothing(_refunded.c.units).label("refunded"),
        )
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(WeighingLine, WeighingLine.order_line_id == OrderLine.id)
        .join(Weighing, Weighing.id == WeighingLine.weighing_id)
        .outerjoin(_refunded, _refunded.c.order_line_id == OrderLine.id)
        .where(
            Weighing.shortage == Shortage.CREDITED,
            OrderLine.quantity - WeighingLine.arrived > or_nothing(_refunded.c.units),
        ),
        "order {number}",
        "{sku}: {arrived} of {quantity} arrived, {refunded} are refunded",
    ),
    rule(
        "refund: what follows the weight is of lines",
        sa.select(Refund.reference, Refund.amount_fen, or_nothing(_parts.c.fen).label("lines"))
        .outerjoin(_parts, _parts.c.refund_id == Refund.id)
        .where(
            sa.or_(
                sa.and_(_follows, Refund.amount_fen != or_nothing(_parts.c.fen)),
                sa.and_(~_follows, _parts.c.refund_id.is_not(None)),
            )
        ),
        "refund {reference}",
        "{amount_fen} fen, its lines {lines} fen",
    ),
)
