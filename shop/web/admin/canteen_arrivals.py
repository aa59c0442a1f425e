"""What arrived of a canteen's order, as the team reads it on the order's page."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.canteens.arriving import lines_by_count, lines_by_weight, refunded_for_nothing_named
from shop.canteens.team_settling import seen_of
from shop.canteens.weighing import HAS_LEFT, weighings_of
from shop.canteens.weight_models import WeighingState
from shop.ordering.models import Channel, Order
from shop.web.admin.part_refund import WHO


def canteen_facts(session: Session, order: Order) -> dict[str, Any] | None:
    """What the order's page shows of it; nothing for other orders. A fixed number of statements."""
    if order.channel is not Channel.CANTEEN:
        return None
    known = weighings_of(session, order.id)
    waiting = next((one for one in known if one.state is WeighingState.WRITTEN), None)
    settled = next((one for one in known if one.state is WeighingState.SETTLED), None)
    shown = waiting or settled
    ids = [shown.written_by_id, shown.seconded_by_id] if shown else []
    people = [session.get(User, one) if one is not None else None for one in ids]
    return {
        "weighed": lines_by_weight(session, order.id),
        "counted": lines_by_count(session, order.id),
        "waiting": waiting,
        "settled": settled,
        "shown": shown,
        "found": {one.order_line_id: one for one in shown.lines} if shown else {},
        "people": [(one.name or one.email or "") if one is not None else "" for one in people],
        "unnamed_fen": refunded_for_nothing_named(session, order.id),
        "seen": seen_of(known),
        "has_left": order.status in HAS_LEFT,
        "who": WHO,
    }
