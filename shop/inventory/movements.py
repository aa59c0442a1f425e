"""Moving units of lots from one state to another, and nothing else: the only place that changes a lot's counters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.errors import StockMoved
from shop.inventory.models import Allocation, AllocationStatus, Lot, LotStatus
from shop.storage.locks import LockRank, note_lock

_LOTS: Final = cast(sa.Table, Lot.__table__)
_UNITS: Final = sa.bindparam("units", type_=sa.BigInteger)

COLUMN_OF: Final[Mapping[AllocationStatus, str]] = {
    AllocationStatus.HELD: "held",
    AllocationStatus.COMMITTED: "committed",
    AllocationStatus.SHIPPED: "shipped",
    AllocationStatus.WITHDRAWN: "withdrawn",
}


def units_by_lot(allocations: Iterable[Allocation]) -> Counter[int]:
    units = Counter[int]()
    for allocation in allocations:
        units[allocation.lot_id] += allocation.units
    return units


def move_units(session: Session, units: Mapping[int, int], *, origin: str, target: str) -> None:
    """Move so many units of each lot from one counter to another, the lots in id order.

    Raises StockMoved when a lot has fewer units in `origin`; the caller's transaction must then be given up.
    """
    values = {origin: _LOTS.c[origin] - _UNITS, target: _LOTS.c[target] + _UNITS}
    if target == "committed" and origin in {"available", "held"}:
        values["goes_first"] = sa.case((_LOTS.c.goes_first > _UNITS, _LOTS.c.goes_first - _UNITS), else_=0)
    _run(session, units, origin, values)


def bring_back_units(session: Session, units: Mapping[int, int]) -> None:
    """Withdrawn units of open lots are there after all: they are for sale again, before the goods of others.

    Raises StockMoved as `move_units` does.
    """
    _run(
        session,
        units,
        "withdrawn",
        {
            "withdrawn": _LOTS.c.withdrawn - _UNITS,
            "available": _LOTS.c.available + _UNITS,
            "goes_first": _LOTS.c.goes_first + _UNITS,
        },
    )


def free_units(session: Session, units: Mapping[int, int], *, origin: str) -> None:
    """Put units back on sale; those of a lot that was closed meanwhile are withdrawn instead.

    Raises StockMoved as `move_units` does.
    """
    is_open = _LOTS.c.status == LotStatus.OPEN
    _run(
        session,
        units,
        origin,
        {
            origin: _LOTS.c[origin] - _UNITS,
            "available": _LOTS.c.available + sa.case((is_open, _UNITS), else_=0),
            "withdrawn": _LOTS.c.withdrawn + sa.case((is_open, 0), else_=_UNITS),
        },
    )


def _run(session: Session, units: Mapping[int, int], origin: str, values: dict[str, Any]) -> None:
    if not units:
        return
    note_lock(session, LockRank.LOT)
    statement = (
        sa.update(_LOTS).where(_LOTS.c.id == sa.bindparam("lot"), _LOTS.c[origin] >= _UNITS).values(values)
    )
    result = session.connection().execute(
        statement, [{"lot": lot_id, "units": count} for lot_id, count in sorted(units.items())]
    )
    if result.rowcount != len(units):
        raise StockMoved()
