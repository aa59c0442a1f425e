"""Rows of an import that look like goods which are there already, or like another row of the same table.

The same pack of the same producer from the same days: it may be a second basket of one morning, or a row that was
sent twice. The shop cannot know, so a person says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.lots import Declaration
from shop.inventory.models import Lot, LotStatus

Goods = tuple[int, int, date | None, date | None, date]


@dataclass(frozen=True)
class Double:
    """What a row is like: a lot for sale, or (`row`) an earlier row of the table."""

    units: int
    row: int = 0
    lot_id: int = 0
    lot_code: str = ""


def find_doubles(session: Session, rows: Iterable[tuple[int, Declaration]]) -> Mapping[int, Double]:
    """By row; what was taken off sale counts no more. One statement."""
    listed = list(rows)
    known = _lots_like(session, [declaration for _, declaration in listed])
    doubles: dict[int, Double] = {}
    for number, declaration in listed:
        goods = _goods(declaration)
        if goods in known:
            doubles[number] = known[goods]
        else:
            known[goods] = Double(declaration.units, row=number)
    return doubles


def _goods(declaration: Declaration) -> Goods:
    return (
        declaration.variant_id,
        declaration.producer_id,
        declaration.harvested_on,
        declaration.packed_on,
        declaration.best_before,
    )


def _lots_like(session: Session, declarations: list[Declaration]) -> dict[Goods, Double]:
    columns: tuple[Any, ...] = (
        *(Lot.variant_id, Lot.producer_id, Lot.harvested_on, Lot.packed_on, Lot.best_before),
        *(Lot.declared, Lot.id, Lot.code),
    )
    rows = session.execute(
        sa.select(*columns)
        .where(
            Lot.status == LotStatus.OPEN,
            Lot.variant_id.in_({one.variant_id for one in declarations}),
            Lot.producer_id.in_({one.producer_id for one in declarations}),
            Lot.best_before.in_({one.best_before for one in declarations}),
        )
        .order_by(Lot.id)
    )
    return {tuple(row[:5]): Double(row[5], lot_id=row[6], lot_code=row[7]) for row in rows}
