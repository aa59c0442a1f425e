"""Units that nobody has leave a confirmed order, so that the rest of it can go its way to the end."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import SplitRule, Variant
from shop.catalogue.split import split_price
from shop.delivery.models import Run, RunStatus
from shop.delivery.runs import unbook
from shop.inventory.holds import close_allocations
from shop.inventory.models import Allocation, AllocationStatus
from shop.kit.errors import Conflict
from shop.kit.money import share
from shop.kit.text import msg
from shop.ordering.coupons.judging import paid_of
from shop.ordering.events import UnitsClosed
from shop.ordering.history import note
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.storage.event_log import record


class NothingElseLeft(Conflict):
    """The units that wait are all that there is of the order."""

    code = "nothing_else_left"
    default_message = msg("Nothing else is left of this order. Please cancel it and refund it as a whole.")


def close_units(
    session: Session,
    order: Order,
    allocation_ids: Collection[int],
    *,
    reason: str,
    actor_id: int | None,
    others_wait: bool = False,
    now: datetime,
) -> None:
    """Take withdrawn units out of an order that the caller has locked; what follows for money follows the event.

    No actor: the shop itself, because nobody answered. `others_wait` says that more of the order waits for another
    household: then it goes on with that. Raises NothingElseLeft, or StockMoved unless all of them are withdrawn.
    """
    if order.status is not OrderStatus.CONFIRMED or not (others_wait or goes_on(session, order.id)):
        raise NothingElseLeft()
    prices = prices_of(session, order.id, allocation_ids)
    closed = close_allocations(session, allocation_ids, now=now)
    facts = {
        "reason": reason,
        "units": sum(one.units for one in closed),
        "amount_fen": sum(prices[one.id] for one in closed),
    }
    _leave_the_truck(session, order, closed)
    note(session, order.id, "units_closed", now, actor_id, **facts)
    audit(session, actor_id, "order.units_closed", "order", order.number, facts, now=now)
    record(session, UnitsClosed(order.id, tuple(one.id for one in closed), reason, actor_id))


def _leave_the_truck(session: Session, order: Order, closed: Collection[Allocation]) -> None:
    """What left the order takes no room on the truck that is still to leave with it."""
    run = session.get(Run, order.run_id) if order.run_id is not None else None
    if run is None or run.status is not RunStatus.PLANNED:
        return
    grams = sa.case((OrderLine.is_bundle, Variant.gross_weight_g), else_=OrderLine.gross_weight_g)
    gone_g = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(grams * Allocation.units), 0))
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Variant, Variant.id == Allocation.variant_id)
        .where(Allocation.id.in_([one.id for one in closed]))
    )
    left_g = max(order.booked_g - int(gone_g or 0), 0)
    unbook(session, run.id, weight_g=order.booked_g - left_g)
    order.run_weight_g = left_g


def prices_of(session: Session, order_id: int, allocation_ids: Collection[int]) -> dict[int, int]:
    """What these allocations cost the buyer beside those closed before, in fen: all of a line is the line's price.

    Less what the buyer has back of it already, because they are a cheaper substitute.
    """
    rule = session.scalars(
        sa.select(SplitRule).join(Order, Order.split_version == SplitRule.version).where(Order.id == order_id)
    ).one()
    rows = session.execute(
        sa.select(OrderLine, Allocation)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(
            OrderLine.order_id == order_id,
            sa.or_(Allocation.status == AllocationStatus.CLOSED, Allocation.id.in_(allocation_ids)),
        )
        .order_by(sa.case((Allocation.id.in_(allocation_ids), 1), else_=0), Allocation.id)
    )
    prices: dict[int, int] = {}
    taken: dict[int, list[Allocation]] = {}
    for line, allocation in rows:
        before = taken.setdefault(line.id, [])
        already = _paid_for(rule, line, before)
        before.append(allocation)
        paid = _paid_for(rule, line, before) - already
        prices[allocation.id] = max(paid - allocation.off_fen, 0)
    return prices


def _paid_for(rule: SplitRule, line: OrderLine, allocations: Collection[Allocation]) -> int:
    """What the buyer paid for these units: their price, less their part of what a coupon took off."""
    return paid_of(line.line_fen, line.discount_fen, price_of(rule, line, allocations))


def price_of(rule: SplitRule, line: OrderLine, allocations: Collection[Allocation]) -> int:
    """What these units of a line cost, in fen. Pure.

    Of a gift box, whose parts have no price of their own, they cost the share that they have in what its households
    earn.
    """
    if line.is_bundle:
        earned = split_price(rule, line.line_fen).household
        return share(line.line_fen, sum(one.household_fen for one in allocations), earned) if earned else 0
    return line.unit_price_fen * sum(one.units for one in allocations)


def goes_on(session: Session, order_id: int) -> bool:
    """Whether a household has something of the order, or something of it has left."""
    going = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)
    left = sa.exists().where(
        Allocation.order_line_id == OrderLine.id,
        OrderLine.order_id == order_id,
        Allocation.status.in_(going),
    )
    return bool(session.scalar(sa.select(left)))
