"""Goods that stood ready before another producer was asked for them: they serve the order after all, or go first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.errors import StockMoved
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.inventory.movements import bring_back_units, free_units, move_units, units_by_lot
from shop.inventory.reallocation import move_earnings
from shop.inventory.stock import note_moved_stock
from shop.inventory.transitions import ALLOCATION_STATES
from shop.kit.clock import shanghai_date
from shop.storage.locks import LockRank, lock_rows


def stand_ins(session: Session, allocation_ids: Collection[int]) -> list[Allocation]:
    """All allocations that ever stood for these, and for those in turn, by id. One statement a generation."""
    found: dict[int, Allocation] = {}
    asked = set(allocation_ids)
    while asked:
        statement = sa.select(Allocation).where(Allocation.instead_of_id.in_(asked))
        new = {one.id: one for one in session.scalars(statement) if one.id not in found}
        found |= new
        asked = set(new)
    return [found[one] for one in sorted(found)]


def take_back(
    session: Session,
    withdrawn: Sequence[Allocation],
    instead: Sequence[Allocation],
    *,
    reason: str,
    now: datetime,
) -> list[int]:
    """The producer of `withdrawn` serves the order after all; return its new allocations, each instead of one.

    `instead` stand for the same units now: the committed ones are for sale again, of the others nobody had any. The
    caller has locked the order. Raises StockMoved when one of them is neither.
    """
    committed = [one for one in instead if one.status is AllocationStatus.COMMITTED]
    if any(
        one.status is not AllocationStatus.WITHDRAWN for one in (*withdrawn, *_without(instead, committed))
    ):
        raise StockMoved()
    _lock_lots(session, [*withdrawn, *committed])
    free_units(session, units_by_lot(committed), origin="committed")
    move_units(session, units_by_lot(withdrawn), origin="withdrawn", target="committed")
    _release([*withdrawn, *committed], reason, now)
    new = [_again(one, now) for one in withdrawn]
    session.add_all(new)
    session.flush()
    move_earnings(session, instead, new, now)
    note_moved_stock(session, {one.variant_id for one in new}, now=now)
    return [one.id for one in new]


def leave_over(
    session: Session, withdrawn: Sequence[Allocation], *, reason: str, actor_id: int | None, now: datetime
) -> int:
    """Others serve the order: the goods that stood ready are for sale again, before those of anybody else.

    Return how many units; none of a lot that was closed, or is past its best-before. The caller has locked the order.
    """
    lots = {lot.id: lot for lot in _lock_lots(session, withdrawn)}
    mine = [one for one in withdrawn if _is_sellable(lots[one.lot_id], now)]
    units = units_by_lot(mine)
    bring_back_units(session, units)
    _release(mine, reason, now)
    session.flush()
    for lot_id, count in sorted(units.items()):
        audit(session, actor_id, "lot.left_over", "lot", lots[lot_id].code, {"units": count}, now=now)
    if mine:
        note_moved_stock(session, {one.variant_id for one in mine}, now=now)
    return units.total()


def _without(all_of_them: Sequence[Allocation], these: Sequence[Allocation]) -> list[Allocation]:
    return [one for one in all_of_them if one not in these]


def _is_sellable(lot: Lot, now: datetime) -> bool:
    return lot.status is LotStatus.OPEN and lot.best_before >= shanghai_date(now)


def _lock_lots(session: Session, allocations: Sequence[Allocation]) -> list[Lot]:
    ids = {one.lot_id for one in allocations}
    return lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.id.in_(ids)))


def _release(allocations: Sequence[Allocation], reason: str, now: datetime) -> None:
    for one in allocations:
        one.status = ALLOCATION_STATES.step(one.status, AllocationStatus.RELEASED)
        one.changed_at, one.reason = now, reason


def _again(old: Allocation, now: datetime) -> Allocation:
    return Allocation(
        order_line_id=old.order_line_id,
        variant_id=old.variant_id,
        lot_id=old.lot_id,
        units=old.units,
        status=AllocationStatus.COMMITTED,
        household_fen=old.household_fen,
        instead_of_id=old.instead_of_id,
        created_at=now,
        changed_at=now,
    )
