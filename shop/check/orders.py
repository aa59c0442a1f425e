"""What an order says of itself: its lines, its total, its status, and the units that it was promised."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.fulfilment.models import TaskItem
from shop.inventory.models import Allocation, AllocationStatus
from shop.ordering.models import Order, OrderLine, OrderStatus

CONFIRMED = (OrderStatus.CONFIRMED, OrderStatus.SHIPPED, OrderStatus.COMPLETED)
LEFT = (OrderStatus.SHIPPED, OrderStatus.COMPLETED)
PROMISED = (
    AllocationStatus.HELD,
    AllocationStatus.COMMITTED,
    AllocationStatus.SHIPPED,
    AllocationStatus.CLOSED,
)

_lines = total(OrderLine.line_fen, "lines_fen")
_off = total(OrderLine.discount_fen, "off_fen")
_units = sa.func.sum(Allocation.units)

# Units on their way, those that were withdrawn and wait until somebody else has them, and those that nobody had.
_promised = (
    sa.select(Allocation.order_line_id, total(Allocation.units, "units"))
    .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
    .where(sa.or_(Allocation.status.in_(PROMISED), TaskItem.waits.is_(True)))
    .group_by(Allocation.order_line_id)
    .subquery()
)
_promised_units = or_nothing(_promised.c.units)

_date_missing = sa.or_(
    sa.and_(Order.status.in_(CONFIRMED), Order.confirmed_at.is_(None)),
    sa.and_(Order.status.in_(LEFT), Order.shipped_at.is_(None)),
    sa.and_(Order.status == OrderStatus.COMPLETED, Order.completed_at.is_(None)),
    sa.and_(Order.status == OrderStatus.CANCELLED, Order.cancelled_at.is_(None)),
    sa.and_(Order.status == OrderStatus.AWAITING_PAYMENT, Order.confirmed_at.is_not(None)),
)

RULES = (
    rule(
        "order: it has lines",
        sa.select(Order.number, Order.status).where(~sa.exists().where(OrderLine.order_id == Order.id)),
        "order {number}",
        "{status}, without lines",
    ),
    rule(
        "order: lines are the goods",
        sa.select(Order.number, Order.goods_fen, _lines)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .group_by(Order.id, Order.number, Order.goods_fen)
        .having(Order.goods_fen != sa.func.sum(OrderLine.line_fen)),
        "order {number}",
        "goods {goods_fen} fen, lines {lines_fen} fen",
    ),
    rule(
        "order: the total is goods and freight",
        sa.select(
            *(Order.number, Order.total_fen, Order.goods_fen, Order.freight_fen),
            *(Order.discount_fen, Order.freight_off_fen),
        ).where(
            sa.or_(
                Order.total_fen
                != Order.goods_fen - Order.discount_fen + Order.freight_fen - Order.freight_off_fen,
                Order.total_fen < 0,
            )
        ),
        "order {number}",
        "total {total_fen} fen, goods {goods_fen} fen less {discount_fen}, freight {freight_fen} fen less {freight_off_fen}",
    ),
    rule(
        "order: what coupons took off goods stands on their lines",
        sa.select(Order.number, Order.discount_fen, _off)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .group_by(Order.id, Order.number, Order.discount_fen)
        .having(Order.discount_fen != sa.func.sum(OrderLine.discount_fen)),
        "order {number}",
        "off {discount_fen} fen, by line {off_fen} fen",
    ),
    rule(
        "order: a line is price times quantity",
        sa.select(Order.number, OrderLine.sku, OrderLine.quantity, OrderLine.line_fen)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            sa.or_(
                OrderLine.quantity <= 0, OrderLine.line_fen != OrderLine.unit_price_fen * OrderLine.quantity
            )
        ),
        "order {number}",
        "{sku}: {quantity} units, {line_fen} fen",
    ),
    rule(
        "order: its status and its dates agree",
        sa.select(Order.number, Order.status).where(_date_missing),
        "order {number}",
        "{status}, but its dates say otherwise",
    ),
    rule(
        "order: every unit asked for is promised",
        sa.select(Order.number, OrderLine.sku, OrderLine.quantity, _promised_units.label("promised"))
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(_promised, _promised.c.order_line_id == OrderLine.id)
        .where(
            Order.status != OrderStatus.CANCELLED,
            OrderLine.is_bundle.is_(False),  # what a gift box holds may have changed since
            _promised_units != OrderLine.quantity,
        ),
        "order {number}",
        "{sku}: asked {quantity}, promised {promised}",
    ),
    rule(
        "order: a gift box has contents",
        sa.select(Order.number, OrderLine.sku)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(_promised, _promised.c.order_line_id == OrderLine.id)
        .where(
            Order.status != OrderStatus.CANCELLED,
            OrderLine.is_bundle.is_(True),
            _promised_units < OrderLine.quantity,
        ),
        "order {number}",
        "{sku}: nothing is promised for it",
    ),
    rule(
        "order: no held stock behind a dead order",
        sa.select(Order.number, Order.status, _units.label("units"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(Allocation.status == AllocationStatus.HELD, Order.status != OrderStatus.AWAITING_PAYMENT)
        .group_by(Order.id, Order.number, Order.status),
        "order {number}",
        "{units} units held, the order is {status}",
    ),
    rule(
        "order: units are committed with its money",
        sa.select(Order.number, Order.status, _units.label("units"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(
            Allocation.status.in_([AllocationStatus.COMMITTED, AllocationStatus.SHIPPED]),
            Order.status.not_in(CONFIRMED),
        )
        .group_by(Order.id, Order.number, Order.status),
        "order {number}",
        "{units} units committed or shipped, the order is {status}",
    ),
    rule(
        "order: on its way means that nothing waits to leave",
        sa.select(Order.number, Order.status, _units.label("units"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .outerjoin(TaskItem, TaskItem.allocation_id == Allocation.id)
        .where(
            Order.status.in_(LEFT),
            sa.or_(Allocation.status == AllocationStatus.COMMITTED, TaskItem.waits.is_(True)),
        )
        .group_by(Order.id, Order.number, Order.status),
        "order {number}",
        "{status}, {units} units have not left",
    ),
)
