"""Units go to the lot that a person chose, and not to the one that the fairness rule would take."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.allocation import Candidate, Choice
from shop.inventory.candidates import Offer, read_offer
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Allocation, AllocationStatus, Lot
from shop.inventory.movements import free_units, units_by_lot
from shop.inventory.reallocation import choose, failures, put_in_place
from shop.inventory.stock import note_moved_stock
from shop.inventory.transitions import ALLOCATION_STATES
from shop.storage.locks import LockRank, lock_rows


def lots_to_choose(
    session: Session,
    variant_id: int,
    units: int,
    *,
    order_line_ids: Collection[int],
    keeps_until: date,
    now: datetime,
) -> tuple[list[Candidate], Offer]:
    """Lots that have all the units and keep long enough, of producers that did not fail the order. With the offer."""
    failed = failures(session, order_line_ids)
    offer = read_offer(session, [variant_id], now).keeping_until(keeps_until)
    fit = [lot for lot in offer.lots if lot.available >= units and failed.allow(lot)]
    return fit, offer


def give_to_lot(
    session: Session,
    allocations: Sequence[Allocation],
    lot_id: int,
    *,
    order_line_ids: Collection[int],
    keeps_until: date,
    reason: str,
    now: datetime,
) -> list[int]:
    """Commit units of this lot in place of the given ones, which are all of one variant; the new allocations' ids.

    Units that their household has are for sale again: it did not fail. Those that were withdrawn stay so. The money
    goes with the units. The caller has the order locked. Raises OutOfStock when the lot is not one to be chosen.
    """
    variant_id, units = allocations[0].variant_id, sum(one.units for one in allocations)
    lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.variant_id == variant_id))
    fit, _ = lots_to_choose(
        session, variant_id, units, order_line_ids=order_line_ids, keeps_until=keeps_until, now=now
    )
    lot = next((one for one in fit if one.lot_id == lot_id), None)
    if lot is None:
        raise OutOfStock(variant_id=variant_id, line=allocations[0].id, wanted=units, left=0)
    held = [one for one in allocations if one.status is AllocationStatus.COMMITTED]
    free_units(session, units_by_lot(held), origin="committed")
    for one in held:
        one.status = ALLOCATION_STATES.step(one.status, AllocationStatus.RELEASED)
        one.changed_at, one.reason = now, reason
    choices = [Choice(one.id, lot, one.units, lot.packing_place_id) for one in allocations]
    new = put_in_place(session, allocations, choices, now)
    note_moved_stock(session, {variant_id}, now=now)
    return new


def by_rule(
    session: Session,
    allocations: Sequence[Allocation],
    *,
    order_line_ids: Collection[int],
    few_parcels: bool,
    keeps_until: date,
    hub_line_ids: Collection[int],
    now: datetime,
) -> int | None:
    """The producer of whom the rule would take most of these units now; None where nobody has them. Locks the lots."""
    try:
        choices = choose(session, allocations, order_line_ids, few_parcels, keeps_until, hub_line_ids, now)
    except OutOfStock:
        return None
    return max(choices, key=lambda one: one.units).lot.producer_id
