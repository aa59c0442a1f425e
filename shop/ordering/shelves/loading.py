"""A village sends goods to a shelf: its coordinator counts what is loaded, the shelf's keeper what arrives.

What was loaded has left the village (`available` → `shipped`) and lies on the shelf once it was received. What did not arrive is
withdrawn from its lot, with a reason. A load that did not leave after all is called back, and is for sale in its village again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Producer
from shop.inventory.candidates import lock_offer
from shop.inventory.models import Lot, LotChange
from shop.inventory.movements import free_units, move_units
from shop.inventory.stock import note_moved_stock
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.outside.models import OutsideSource
from shop.ordering.shelves.bringing import (
    LONGEST_REASON,
    REASON_NEEDED,
    Brought,
    chosen_lots,
    judge,
    shelf_and_source,
)
from shop.ordering.shelves.errors import LoadOver, OwnLoad, ShelfClosed
from shop.ordering.shelves.load_models import ShelfLoad, ShelfLoadLine
from shop.ordering.shelves.models import MoveKind, Shelf
from shop.ordering.shelves.stock import Why, change_stock, lock_lots
from shop.storage.locks import LockRank, lock_row


def send_load(
    session: Session,
    shelf_id: int,
    said: Brought,
    *,
    village_ids: Collection[int],
    actor_id: int,
    now: datetime,
) -> int:
    """Goods of these villages, the lots chosen as for an order. Returns the load's id; the same form sends one.

    Locks the shelf, then lots. Raises NotFound, ShelfClosed, InvalidInput where there are fewer.
    """
    _lock(session, shelf_id)
    shelf, source = shelf_and_source(session, shelf_id)
    known = session.scalar(sa.select(ShelfLoad.id).where(ShelfLoad.token == said.token))
    if known is not None:
        return known
    if not source.active:
        raise ShelfClosed()
    judge(session, shelf, said)
    own = set(session.scalars(sa.select(Producer.id).where(Producer.village_id.in_(village_ids))))
    offer = lock_offer(session, {said.variant_id}, now).harvested().only(lambda lot: lot.producer_id in own)
    units = chosen_lots(offer, said)
    move_units(session, units, origin="available", target="shipped")
    load = ShelfLoad(
        shelf_id=shelf_id, variant_id=said.variant_id, run_id=said.run_id, token=said.token, sent_at=now,
        sent_by_id=actor_id,
    )  # fmt: skip
    session.add(load)
    session.flush()
    session.add_all(
        ShelfLoadLine(load_id=load.id, lot_id=lot_id, units=one) for lot_id, one in sorted(units.items())
    )
    _write_down(session, load, source, units, "sent", actor_id, now)
    note_moved_stock(session, {said.variant_id}, now=now)
    return load.id


def receive_load(
    session: Session,
    shelf_id: int,
    load_id: int,
    arrived: Mapping[int, int],
    reason: str,
    *,
    actor_id: int,
    now: datetime,
) -> int:
    """Counted lot by lot. Returns how many units did not arrive. Locks the shelf, then the lots.

    Raises NotFound, OwnLoad, LoadOver, and InvalidInput by field: a lot that was not counted or has more than was loaded, fewer
    without a reason.
    """
    _lock(session, shelf_id)
    load, lines = _open_load(session, shelf_id, load_id)
    if load.sent_by_id == actor_id:
        raise OwnLoad()
    why = tidy(reason)[:LONGEST_REASON]
    missing = _missing(lines, arrived)
    if missing and not why:
        raise InvalidInput(REASON_NEEDED, field="reason")
    lock_lots(session, [one.lot_id for one in lines])
    for one in lines:
        one.arrived = arrived[one.lot_id]
    came = {one.lot_id: arrived[one.lot_id] for one in lines if arrived[one.lot_id]}
    move = Why(MoveKind.BROUGHT, f"load:{load.id}", actor_id, why, run_id=load.run_id)
    change_stock(session, shelf_id, came, move, now=now)
    move_units(session, missing, origin="shipped", target="withdrawn")
    load.received_at, load.received_by_id, load.reason = now, actor_id, why
    source = session.get_one(OutsideSource, session.get_one(Shelf, shelf_id).source_id)
    less = {lot_id: -units for lot_id, units in missing.items()}
    _write_down(session, load, source, less, "missing", actor_id, now)
    facts = {"units": [sum(one.units for one in lines), sum(arrived.values())], "reason": why}
    audit(session, actor_id, "shelf.load_received", "shelf", shelf_id, facts, now=now)
    session.flush()
    return sum(missing.values())


def call_load_back(
    session: Session, load_id: int, reason: str, *, sent_from: Collection[int], actor_id: int, now: datetime
) -> None:
    """It did not leave after all. `sent_from`: villages, one of which its goods are of.

    Locks the shelf, then the lots. Raises NotFound, LoadOver, InvalidInput without a reason.
    """
    shelf_id = session.scalar(
        sa.select(ShelfLoad.shelf_id).where(ShelfLoad.id == load_id, sent_from_villages(sent_from))
    )
    if shelf_id is None:
        raise NotFound()
    why = tidy(reason)[:LONGEST_REASON]
    if not why:
        raise InvalidInput(REASON_NEEDED, field="reason")
    _lock(session, shelf_id)
    load, lines = _open_load(session, shelf_id, load_id)
    units = {one.lot_id: one.units for one in lines}
    lock_lots(session, units)
    free_units(session, units, origin="shipped")
    load.called_back_at, load.reason = now, why
    source = session.get_one(OutsideSource, session.get_one(Shelf, shelf_id).source_id)
    back = {lot_id: -one for lot_id, one in units.items()}
    _write_down(session, load, source, back, "called_back", actor_id, now)
    note_moved_stock(session, {load.variant_id}, now=now)


def sent_from_villages(village_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """SQL, of ShelfLoad: goods of it are of one of these villages."""
    return (
        sa.exists()
        .where(
            ShelfLoadLine.load_id == ShelfLoad.id,
            Lot.id == ShelfLoadLine.lot_id,
            Producer.id == Lot.producer_id,
            Producer.village_id.in_(village_ids),
        )
        .correlate(ShelfLoad)
    )


def _lock(session: Session, shelf_id: int) -> None:
    """Who sends to a shelf and who receives there takes turns. Raises NotFound."""
    if lock_row(session, LockRank.SHELF, sa.select(Shelf).where(Shelf.id == shelf_id)) is None:
        raise NotFound()


def _open_load(session: Session, shelf_id: int, load_id: int) -> tuple[ShelfLoad, Sequence[ShelfLoadLine]]:
    load = session.scalar(
        sa.select(ShelfLoad)
        .where(ShelfLoad.id == load_id, ShelfLoad.shelf_id == shelf_id)
        .execution_options(populate_existing=True)
    )
    if load is None:
        raise NotFound()
    if load.received_at is not None or load.called_back_at is not None:
        raise LoadOver()
    lines = sa.select(ShelfLoadLine).where(ShelfLoadLine.load_id == load_id).order_by(ShelfLoadLine.lot_id)
    return load, session.scalars(lines).all()


def _missing(lines: Sequence[ShelfLoadLine], arrived: Mapping[int, int]) -> dict[int, int]:
    """By lot. Raises InvalidInput by field."""
    wrong = {
        f"arrived-{one.lot_id}": msg("Please count them: from 0 to as many as were loaded.")
        for one in lines
        if not 0 <= arrived.get(one.lot_id, -1) <= one.units
    }
    if wrong:
        raise InvalidInput(errors=wrong)
    return {one.lot_id: one.units - arrived[one.lot_id] for one in lines if arrived[one.lot_id] < one.units}


def _write_down(
    session: Session,
    load: ShelfLoad,
    source: OutsideSource,
    units: Mapping[int, int],
    what: str,
    actor_id: int,
    now: datetime,
) -> None:
    """On each lot's page, and in the audit trail."""
    codes = dict(session.execute(sa.select(Lot.id, Lot.code).where(Lot.id.in_(units))).all())
    for lot_id, change in sorted(units.items()):
        reason = f"{source.name_zh}: {load.reason}" if load.reason else source.name_zh
        session.add(
            LotChange(
                lot_id=lot_id, at=now, actor_id=actor_id, shelved_change=change,
                reason=reason[:LONGEST_REASON],
            )
        )  # fmt: skip
        facts = {"lot": codes[lot_id], "units": abs(change), "reason": load.reason}
        audit(session, actor_id, f"shelf.load_{what}", "shelf", load.shelf_id, facts, now=now)
    session.flush()
