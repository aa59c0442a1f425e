"""The money for a dead order came after all: its goods go to it again, if they are there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import BundleItem, PackingPlace, PackingPlaceKind, SplitRule, Variant
from shop.delivery.errors import RunClosed, RunFull
from shop.delivery.runs import book, open_runs
from shop.inventory.allocation import Choice, Demand, allocate
from shop.inventory.candidates import lock_offer
from shop.inventory.errors import OutOfStock
from shop.inventory.holds import Hold, hold_and_commit
from shop.ordering.lines import Part
from shop.ordering.models import DeliveryKind, Order, OrderLine
from shop.ordering.planning import demands_of, holds_for


def revive(session: Session, order: Order, *, now: datetime) -> bool:
    """Commit stock, and room on a truck, to a cancelled order; False when either is missing: nothing is changed."""
    lines = session.scalars(
        sa.select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.id)
    ).all()
    parts = {line.id: _parts_of(session, line) for line in lines}
    hub_id = session.scalar(
        sa.select(sa.func.min(PackingPlace.id)).where(PackingPlace.kind == PackingPlaceKind.HUB)
    )
    demands = [
        demand
        for line in lines
        for demand in demands_of(line.id, parts[line.id], line.quantity, hub_id if line.is_bundle else None)
    ]
    choices = _choose(session, order, demands, now)
    if choices is None or not _book_truck(session, order, now):
        return False
    rule = session.get_one(SplitRule, order.split_version)
    holds: list[Hold] = []
    for line in lines:
        mine = [choice for choice in choices if choice.line == line.id]
        holds += holds_for(line.id, parts[line.id], line.line_fen, mine, rule)
    hold_and_commit(session, holds, now=now)
    return True


def _choose(session: Session, order: Order, demands: list[Demand], now: datetime) -> list[Choice] | None:
    offer = lock_offer(session, {demand.variant_id for demand in demands}, now)
    try:
        return allocate(
            demands, offer.lots, offer.income_per_head, few_parcels=order.delivery is DeliveryKind.COURIER
        )
    except OutOfStock:
        return None


def _book_truck(session: Session, order: Order, now: datetime) -> bool:
    """The order's own run if it still takes orders, else the next one that has room."""
    if order.delivery is DeliveryKind.COURIER:
        return True
    point_id = order.pickup_point_id or 0
    later = [run.id for run in open_runs(session, now=now, point_id=point_id) if run.id != order.run_id]
    for run_id in [order.run_id or 0, *later]:
        try:
            book(session, run_id, point_id=point_id, weight_g=order.gross_weight_g, now=now)
        except (RunClosed, RunFull):
            continue
        order.run_id = run_id
        return True
    return False


def _parts_of(session: Session, line: OrderLine) -> tuple[Part, ...]:
    if not line.is_bundle:
        return (Part(line.variant_id, 1, line.unit_price_fen),)
    component = aliased(Variant)
    rows = session.execute(
        sa.select(BundleItem.component_id, BundleItem.units, component.price_fen)
        .join(component, component.id == BundleItem.component_id)
        .where(BundleItem.bundle_id == line.variant_id)
        .order_by(BundleItem.component_id)
    )
    return tuple(Part(component_id, units, price_fen) for component_id, units, price_fen in rows)
