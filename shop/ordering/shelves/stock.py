"""What lies on a shelf, changed: the only place that writes a shelf's stock, always with the move that says why.

Callers lock the lots first, in id order: everybody who moves units of one lot takes turns there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Lot
from shop.ordering.shelves.errors import NothingToTake
from shop.ordering.shelves.models import MoveKind, ShelfMove, ShelfStock
from shop.storage.locks import LockRank, lock_rows


@dataclass(frozen=True, slots=True)
class Why:
    """Who says so, and how: the same `token` moves a lot once."""

    kind: MoveKind
    token: str
    actor_id: int | None
    reason: str = ""
    order_id: int | None = None
    run_id: int | None = None


def lock_lots(session: Session, lot_ids: Collection[int]) -> dict[int, Lot]:
    found = lock_rows(session, LockRank.LOT, sa.select(Lot).where(Lot.id.in_(lot_ids)))
    return {lot.id: lot for lot in found}


def units_there(session: Session, shelf_id: int, lot_ids: Collection[int]) -> dict[int, int]:
    """By lot, as it is now; the lots are locked."""
    wanted = sa.select(ShelfStock.lot_id, ShelfStock.units).where(
        ShelfStock.shelf_id == shelf_id, ShelfStock.lot_id.in_(lot_ids)
    )
    return dict(session.execute(wanted).all())


def change_stock(
    session: Session, shelf_id: int, units: Mapping[int, int], why: Why, *, now: datetime
) -> None:
    """Units by lot come (above nothing) or leave. Raises NothingToTake where fewer lie there."""
    known = units_there(session, shelf_id, units)
    for lot_id, change in sorted(units.items()):
        if lot_id not in known:
            session.add(ShelfStock(shelf_id=shelf_id, lot_id=lot_id, units=0))
            session.flush()
        changed = session.execute(
            sa.update(ShelfStock)
            .where(
                ShelfStock.shelf_id == shelf_id,
                ShelfStock.lot_id == lot_id,
                ShelfStock.units + change >= 0,
            )
            .values(units=ShelfStock.units + change)
            .returning(ShelfStock.lot_id)
            .execution_options(synchronize_session=False)
        ).all()
        if not changed:
            raise NothingToTake()
        session.add(_move(shelf_id, lot_id, change, why, now))
    session.flush()


def moved_before(session: Session, token: str) -> bool:
    """Whether this form has moved something already."""
    return session.scalar(sa.select(ShelfMove.id).where(ShelfMove.token == token).limit(1)) is not None


def _move(shelf_id: int, lot_id: int, units: int, why: Why, now: datetime) -> ShelfMove:
    return ShelfMove(
        shelf_id=shelf_id,
        lot_id=lot_id,
        kind=why.kind,
        units=units,
        at=now,
        actor_id=why.actor_id,
        order_id=why.order_id,
        run_id=why.run_id,
        reason=why.reason,
        token=why.token,
    )
