"""What became of refunded goods: where units of a line can have come from, and what is said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import (
    Allocation,
    AllocationStatus,
    Lot,
    ReturnedUnits,
    ReturnStatus,
    ReturnWish,
)
from shop.inventory.returns import can_take_back
from shop.kit.clock import shanghai_date
from shop.ordering.models import OrderLine


@dataclass(frozen=True, slots=True)
class Goods:
    """They came back, of one lot; of a gift box from the lots of its parts, and then without one."""

    wish: ReturnWish
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Units of an allocation of which no refund says yet where they are, and how many of them one unit takes."""

    allocation_id: int
    units: int
    each: int = 1


@dataclass(frozen=True, slots=True)
class Origin:
    """Where units of a line came from. `sellable`: they may be sold again."""

    lot_id: int | None
    lot_code: str
    sellable: bool
    pieces: tuple[Piece, ...] = field(default_factory=tuple)

    @property
    def units(self) -> int:
        """How many units of the line can have come back from here."""
        if self.lot_id is not None:
            return sum(piece.units for piece in self.pieces)
        return min((piece.units // piece.each for piece in self.pieces), default=0)

    def take(self, units: int) -> dict[int, int]:
        """By allocation, what so many units of the line are; the oldest allocation first. At most `units` of it."""
        if self.lot_id is None:
            return {piece.allocation_id: units * piece.each for piece in self.pieces}
        taken: dict[int, int] = {}
        for piece in self.pieces:
            count = min(piece.units, units - sum(taken.values()))
            if count:
                taken[piece.allocation_id] = count
        return taken


Origins = Mapping[int, Sequence[Origin]]  # by order line


def find_origin(origins: Origins, line_id: int, goods: Goods) -> Origin | None:
    return next((one for one in origins.get(line_id, ()) if one.lot_id == goods.lot_id), None)


def origins_of_order(
    session: Session, order_id: int, *, now: datetime, kept: Collection[int] = ()
) -> dict[int, list[Origin]]:
    """Of each line of which something left, lot by lot. Two statements.

    `kept`: allocations that the buyer has, or of which nobody has said so yet; they cannot have come back.

    A gift box has one origin, its whole content, and only where each of its goods came from one lot and all of it left.
    What is exempt from return never goes back on sale.
    """
    rows = session.execute(
        sa.select(OrderLine, Allocation, Lot)
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .join(Lot, Lot.id == Allocation.lot_id)
        .where(OrderLine.order_id == order_id, Allocation.status != AllocationStatus.RELEASED)
        .order_by(OrderLine.id, Allocation.id)
    ).all()
    spoken_for = _spoken_for(session, [allocation.id for _, allocation, _ in rows])
    today = shanghai_date(now)
    parts: dict[int, list[_Left]] = {}
    lines: dict[int, OrderLine] = {}
    for line, allocation, lot in rows:
        sellable = can_take_back(lot, today=today) and not line.return_exempt
        units = 0 if allocation.id in kept else allocation.units - spoken_for[allocation.id]
        left = _Left(allocation, lot, units, sellable)
        parts.setdefault(line.id, []).append(left)
        lines[line.id] = line
    return {
        line_id: _of_box(lines[line_id], left) if lines[line_id].is_bundle else _by_lot(left)
        for line_id, left in parts.items()
    }


@dataclass(frozen=True, slots=True)
class _Left:
    allocation: Allocation
    lot: Lot
    units: int
    sellable: bool

    @property
    def is_gone(self) -> bool:
        return self.allocation.status is AllocationStatus.SHIPPED


def _by_lot(left: Collection[_Left]) -> list[Origin]:
    lots: dict[int, list[_Left]] = {}
    for one in left:
        if one.is_gone and one.units:
            lots.setdefault(one.lot.id, []).append(one)
    return [
        Origin(
            lot_id,
            of_lot[0].lot.code,
            of_lot[0].sellable,
            tuple(Piece(one.allocation.id, one.units) for one in of_lot),
        )
        for lot_id, of_lot in lots.items()
    ]


def _of_box(line: OrderLine, left: Collection[_Left]) -> list[Origin]:
    of_one_lot = len({one.allocation.variant_id for one in left}) == len(left)
    is_whole = all(one.is_gone and one.allocation.units % line.quantity == 0 for one in left)
    if not of_one_lot or not is_whole:
        return []
    pieces = tuple(Piece(one.allocation.id, one.units, one.allocation.units // line.quantity) for one in left)
    box = Origin(None, ", ".join(one.lot.code for one in left), all(one.sellable for one in left), pieces)
    return [box] if box.units else []


def _spoken_for(session: Session, allocation_ids: Collection[int]) -> Counter[int]:
    """Units by allocation that came back, or are expected to."""
    rows: Sequence[Any] = session.execute(
        sa.select(ReturnedUnits.allocation_id, sa.func.sum(ReturnedUnits.units))
        .where(
            ReturnedUnits.allocation_id.in_(allocation_ids), ReturnedUnits.status != ReturnStatus.CALLED_OFF
        )
        .group_by(ReturnedUnits.allocation_id)
    ).all()
    return Counter({allocation_id: int(units) for allocation_id, units in rows})
