"""Units that had left come back: for sale again, or written off. Each once, when their refund has succeeded.

Callers lock the order first. What restocked units had earned leaves their sale: the ledger and the income figures take
it back from the rows that are written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from shop.accounts.audit import audit
from shop.inventory.errors import SoldAgain, StockMoved
from shop.inventory.models import (
    Allocation,
    Lot,
    LotChange,
    LotStatus,
    ReturnedUnits,
    ReturnStatus,
    ReturnWish,
)
from shop.inventory.movements import move_units
from shop.inventory.stock import note_moved_stock
from shop.inventory.transitions import RETURN_STATES
from shop.kit.clock import shanghai_date
from shop.kit.money import share
from shop.storage.locks import LockRank, lock_rows

CAME_BACK: Final = (ReturnStatus.RESTOCKED, ReturnStatus.WRITTEN_OFF)
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Said:
    """Who said what became of the goods, and why: for the lot's page and the audit trail."""

    actor_id: int | None
    reason: str


def expect_returns(
    session: Session, refund_line_id: int, units: Mapping[int, int], wish: ReturnWish, *, now: datetime
) -> None:
    """Units by allocation will come back once their refund has succeeded; nothing moves yet."""
    session.add_all(
        ReturnedUnits(
            refund_line_id=refund_line_id,
            allocation_id=allocation_id,
            units=count,
            wish=wish,
            created_at=now,
            changed_at=now,
        )
        for allocation_id, count in units.items()
    )
    session.flush()


def call_off_returns(session: Session, refund_line_ids: Collection[int], *, now: datetime) -> None:
    """Their refund failed: nothing came of it, and the same units may be named again."""
    for row in _rows(session, refund_line_ids, ReturnStatus.EXPECTED):
        _step(row, ReturnStatus.CALLED_OFF, now)
    session.flush()


def settle_returns(
    session: Session, refund_line_ids: Collection[int], said: Said, *, now: datetime
) -> list[ReturnedUnits]:
    """The price has gone back: move what came back to where it is now. Once; locks the lots.

    What was to be sold again is written off instead when a lot of it is closed or past its best-before by now.
    """
    rows = _rows(session, refund_line_ids, ReturnStatus.EXPECTED)
    if not rows:
        return []
    lots = _locked_lots(session, rows)
    _decide(session, lots, rows, now)
    back = [row for row in rows if row.status is ReturnStatus.RESTOCKED]
    lost = [row for row in rows if row.status is ReturnStatus.WRITTEN_OFF]
    move_units(session, _by_lot(back), origin="shipped", target="available")
    move_units(session, _by_lot(lost), origin="shipped", target="withdrawn")
    _write_down(session, lots, back, said, now, returned=1)
    _write_down(session, lots, lost, said, now, written_off=1)
    note_moved_stock(session, {lot.variant_id for lot in lots.values()}, now=now)
    return rows


def write_off_restocked(
    session: Session, refund_line_ids: Collection[int], said: Said, *, now: datetime
) -> list[ReturnedUnits]:
    """What was put back by mistake leaves its lot for good; what it had earned stands in its sale again. Locks lots.

    Nothing is left to do the second time. Raises SoldAgain when a lot has fewer units by now, or is closed.
    """
    rows = _rows(session, refund_line_ids, ReturnStatus.RESTOCKED)
    if not rows:
        return []
    lots = _locked_lots(session, rows)
    try:
        move_units(session, _by_lot(rows), origin="available", target="withdrawn")
    except StockMoved as moved:
        raise SoldAgain() from moved
    for row in rows:
        _step(row, ReturnStatus.WRITTEN_OFF, now)
        row.household_fen = 0
    session.flush()
    _write_down(session, lots, rows, said, now, returned=-1, written_off=1)
    note_moved_stock(session, {lot.variant_id for lot in lots.values()}, now=now)
    return rows


def can_take_back(lot: Lot, *, today: date) -> bool:
    """Whether more of a lot can be sold: neither withdrawn nor past its best-before."""
    return lot.status is LotStatus.OPEN and lot.best_before >= today


def restocked_by_allocation() -> sa.Subquery:
    """SQL: units of allocations that are for sale again, and what they had earned in fen."""
    return (
        sa.select(
            ReturnedUnits.allocation_id,
            sa.func.sum(ReturnedUnits.units).label("units"),
            sa.func.sum(ReturnedUnits.household_fen).label("household_fen"),
        )
        .where(ReturnedUnits.status == ReturnStatus.RESTOCKED)
        .group_by(ReturnedUnits.allocation_id)
        .subquery()
    )


def sold_again() -> sa.ColumnElement[int]:
    """SQL, over allocations: how many of its units came back whole and are for sale again, so that no buyer has them."""
    back = sa.select(sa.func.coalesce(sa.func.sum(ReturnedUnits.units), 0)).where(
        ReturnedUnits.allocation_id == Allocation.id, ReturnedUnits.status == ReturnStatus.RESTOCKED
    )
    return back.correlate(Allocation).scalar_subquery()


def part_earned(allocation_fen: int, units: int, of: int, *, before: int = 0, taken_fen: int = 0) -> int:
    """What `units` of an allocation of `of` units earned, when `before` of them have come back already. Pure.

    All of them together earned all of it, in however many returns.
    """
    upto, already = share(allocation_fen, before + units, of), share(allocation_fen, before, of)
    return min(upto - already, allocation_fen - taken_fen)


def _decide(
    session: Session, lots: Mapping[int, Lot], rows: Collection[ReturnedUnits], now: datetime
) -> None:
    """All that one refund says of a line goes one way: of a gift box no part alone is sold again."""
    today = shanghai_date(now)
    stale = {
        row.refund_line_id for row in rows if not can_take_back(lots[row.allocation.lot_id], today=today)
    }
    for row in rows:
        if row.wish is ReturnWish.WRITE_OFF or row.refund_line_id in stale:
            _step(row, ReturnStatus.WRITTEN_OFF, now)
        else:
            row.household_fen = _earned(session, row)
            _step(row, ReturnStatus.RESTOCKED, now)
        session.flush()


def _earned(session: Session, row: ReturnedUnits) -> int:
    before = session.execute(
        sa.select(sa.func.sum(ReturnedUnits.units), sa.func.sum(ReturnedUnits.household_fen)).where(
            ReturnedUnits.allocation_id == row.allocation_id,
            ReturnedUnits.status == ReturnStatus.RESTOCKED,
        )
    ).one()
    units, fen = (int(one or 0) for one in before)
    allocation = row.allocation
    return part_earned(allocation.household_fen, row.units, allocation.units, before=units, taken_fen=fen)


def _rows(session: Session, refund_line_ids: Collection[int], status: ReturnStatus) -> list[ReturnedUnits]:
    statement = sa.select(ReturnedUnits).where(
        ReturnedUnits.refund_line_id.in_(refund_line_ids), ReturnedUnits.status == status
    )
    loaded = statement.options(joinedload(ReturnedUnits.allocation)).order_by(ReturnedUnits.id)
    return list(session.scalars(loaded.execution_options(populate_existing=True)))


def _locked_lots(session: Session, rows: Iterable[ReturnedUnits]) -> dict[int, Lot]:
    ids = {row.allocation.lot_id for row in rows}
    return {lot.id: lot for lot in lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.id.in_(ids)))}


def _step(row: ReturnedUnits, status: ReturnStatus, now: datetime) -> None:
    row.status = RETURN_STATES.step(row.status, status)
    row.changed_at = now


def _by_lot(rows: Iterable[ReturnedUnits]) -> Counter[int]:
    units = Counter[int]()
    for row in rows:
        units[row.allocation.lot_id] += row.units
    return units


def _write_down(
    session: Session,
    lots: Mapping[int, Lot],
    rows: Collection[ReturnedUnits],
    said: Said,
    now: datetime,
    *,
    returned: int = 0,
    written_off: int = 0,
) -> None:
    """On the lot's page and in the audit trail, lot by lot; each unit counts so often as returned and as written off."""
    action = "lot.written_off" if written_off else "lot.returned"
    for lot_id, units in sorted(_by_lot(rows).items()):
        change = LotChange(
            lot_id=lot_id,
            at=now,
            actor_id=said.actor_id,
            returned_change=returned * units,
            written_off_change=written_off * units,
            reason=said.reason[:LONGEST_REASON],
        )
        session.add(change)
        facts = {"units": units, "reason": said.reason}
        audit(session, said.actor_id, action, "lot", lots[lot_id].code, facts, now=now)
    session.flush()
