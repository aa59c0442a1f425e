"""Orders of a unit that stands by households: whom it favours, and what that moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.shop_settings import setting_in_sql, setting_value
from shop.catalogue.models import Pair, SplitRule
from shop.catalogue.pairing import running_on
from shop.inventory.models import PairingShift
from shop.inventory.preference import NO_FAVOUR, Favour, shifted
from shop.kit.clock import shanghai_date
from shop.ordering.lines import Line
from shop.ordering.planning import Plan, holds_for

PERCENT: Final = "pairing_percent"
_FAVOUR: Final = sa.select(Pair.household_id, setting_in_sql(PERCENT).label("percent")).where(
    Pair.unit_id == sa.bindparam("unit_id"), running_on(sa.bindparam("today", type_=sa.Date))
)


def favour_of(session: Session, unit_id: int | None, *, now: datetime) -> Favour:
    """Whom this unit's orders favour now, and how far; one statement, none for a buyer of no unit."""
    if unit_id is None:
        return NO_FAVOUR
    rows = session.execute(_FAVOUR, {"unit_id": unit_id, "today": shanghai_date(now)}).all()
    if not rows:
        return NO_FAVOUR
    return Favour(frozenset(row.household_id for row in rows), setting_value(PERCENT, rows[0].percent))


def note_shifts(
    session: Session,
    line_ids: Mapping[int, int],
    lines: Sequence[Line],
    plan: Plan,
    without: Plan,
    rule: SplitRule,
) -> None:
    """Keep what the favour moved from lot to lot, for the report; `without` is the plan of a buyer without a unit."""
    moved = shifted(plan.choices, without.choices)
    if not moved:
        return
    rows = [
        row for line in lines for row in _rows(line, line_ids[line.variant_id], moved, plan, without, rule)
    ]
    session.execute(sa.insert(PairingShift), rows)


def _rows(
    line: Line,
    line_id: int,
    moved: Mapping[tuple[int, int], int],
    plan: Plan,
    without: Plan,
    rule: SplitRule,
) -> list[dict[str, Any]]:
    got, lost = (_fen_by_lot(line, line_id, one, rule) for one in (plan, without))
    return [
        {
            "order_line_id": line_id,
            "lot_id": lot_id,
            "units": units,
            "household_fen": got.get(lot_id, 0) - lost.get(lot_id, 0),
        }
        for (number, lot_id), units in sorted(moved.items())
        if number == line.number
    ]


def _fen_by_lot(line: Line, line_id: int, plan: Plan, rule: SplitRule) -> dict[int, int]:
    """What each lot's households would get of the line, in fen."""
    fen: dict[int, int] = {}
    for one in holds_for(line_id, line.parts, line.line_fen, plan.choices_of(line.number), rule):
        fen[one.lot.lot_id] = fen.get(one.lot.lot_id, 0) + one.household_fen
    return fen
