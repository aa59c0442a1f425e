"""The money for a dead order came after all: its goods go to it again, if they are there."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from shop.catalogue.models import BundleItem, PackingPlace, PackingPlaceKind, SplitRule, Variant
from shop.delivery.errors import RunClosed, RunFull
from shop.delivery.models import Run
from shop.delivery.runs import book, open_runs
from shop.inventory.allocation import Choice, Demand, allocate
from shop.inventory.candidates import Offer, lock_offer
from shop.inventory.errors import OutOfStock
from shop.inventory.holds import Hold, hold_and_commit
from shop.ordering.coupons.redeeming import has_coupons, retake_coupons
from shop.ordering.history import note
from shop.ordering.keeping import keeps_until, read_keeping
from shop.ordering.lines import Part
from shop.ordering.missed_trucks import MOVED
from shop.ordering.models import DeliveryKind, Order, OrderLine
from shop.ordering.planning import demands_of, holds_for


class _NotToBeRevived(Exception):
    """Takes back what was written of it so far."""


def revive(session: Session, order: Order, *, now: datetime) -> bool:
    """Commit stock, room on a truck and its coupons to a cancelled order; False when one is missing: nothing is changed."""
    if not has_coupons(order):
        return _revive(session, order, now)
    try:
        with session.begin_nested():
            if not (_revive(session, order, now) and retake_coupons(session, order, now=now)):
                raise _NotToBeRevived()
    except _NotToBeRevived:
        return False
    return True


def _revive(session: Session, order: Order, now: datetime) -> bool:
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
    if choices is None:
        return False
    rule = session.get_one(SplitRule, order.split_version)
    holds: list[Hold] = []
    for line in lines:
        mine = [choice for choice in choices if choice.line == line.id]
        holds += holds_for(line.id, parts[line.id], line.line_fen, mine, rule)
    hold_and_commit(session, holds, now=now)
    return True


def _choose(session: Session, order: Order, demands: list[Demand], now: datetime) -> list[Choice] | None:
    """Goods that keep until they arrive; by truck on the order's own run if it still takes orders, else a later one."""
    offer = lock_offer(session, {demand.variant_id for demand in demands}, now).harvested()
    if order.delivery is DeliveryKind.COURIER:
        return _allocate(demands, offer, keeps_until(session, order, now=now), few_parcels=True)
    keeping = read_keeping(session, now=now)
    point_id = order.pickup_point_id or 0
    runs = open_runs(session, now=now, point_id=point_id)
    for run in sorted(runs, key=lambda run: run.id != order.run_id):
        choices = _allocate(demands, offer, keeping.by_truck(run.arrives_at), few_parcels=False)
        if choices is not None and _book(session, order, run, now):
            return choices
    return None


def _allocate(demands: list[Demand], offer: Offer, until: date, *, few_parcels: bool) -> list[Choice] | None:
    lots = offer.keeping_until(until).lots
    try:
        return allocate(demands, lots, offer.income_per_head, few_parcels=few_parcels)
    except OutOfStock:
        return None


def _book(session: Session, order: Order, run: Run, now: datetime) -> bool:
    try:
        book(session, run.id, point_id=order.pickup_point_id or 0, weight_g=order.gross_weight_g, now=now)
    except (RunClosed, RunFull):
        return False
    if order.run_id != run.id:
        note(session, order.id, MOVED, now, run=run.code)
        order.run_id = run.id
    return True


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
