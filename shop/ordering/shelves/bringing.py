"""Goods leave the village for a shelf, chosen by the rule of fairness, and come back from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Variant
from shop.delivery.models import Run, RunStop
from shop.inventory.allocation import Demand, allocate
from shop.inventory.candidates import Offer, lock_offer
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Lot, LotChange
from shop.inventory.movements import free_units, move_units
from shop.inventory.stock import note_moved_stock
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.outside.models import OutsideSource
from shop.ordering.shelves.errors import NothingToTake, ShelfClosed
from shop.ordering.shelves.models import MoveKind, Shelf, ShelfMove
from shop.ordering.shelves.stock import Why, change_stock, lock_lots, units_there

MOST_UNITS: Final = 10_000
LONGEST_REASON: Final = 200
REASON_NEEDED: Final = msg("Please say why.")


@dataclass(frozen=True, slots=True)
class Brought:
    """So many units of a pack, on a truck if one takes them along."""

    variant_id: int
    units: int
    token: str
    run_id: int | None = None


def bring(
    session: Session, shelf_id: int, said: Brought, *, actor_id: int, now: datetime
) -> Mapping[int, int]:
    """Which lots they come from, in units. The same form brings them once. Locks the lots of the pack.

    The lots are chosen as for an order: households with the lowest income first, nothing that is not harvested. Raises
    NotFound, ShelfClosed, InvalidInput where there are fewer.
    """
    shelf, source = shelf_and_source(session, shelf_id)
    if known := _brought_before(session, said.token):
        return known
    if not source.active:
        raise ShelfClosed()
    judge(session, shelf, said)
    offer = lock_offer(session, {said.variant_id}, now).harvested()
    if known := _brought_before(session, said.token):  # by a press that was faster
        return known
    units = chosen_lots(offer, said)
    move_units(session, units, origin="available", target="shipped")
    why = Why(MoveKind.BROUGHT, said.token, actor_id, run_id=said.run_id)
    change_stock(session, shelf_id, units, why, now=now)
    _write_down(session, shelf_id, source, units, why, now)
    note_moved_stock(session, {said.variant_id}, now=now)
    return units


def chosen_lots(offer: Offer, said: Brought) -> dict[int, int]:
    """Units by lot, as for an order. Raises InvalidInput where there are fewer."""
    try:
        chosen = allocate(
            [Demand(0, said.variant_id, said.units)], offer.lots, offer.income_per_head, few_parcels=False
        )
    except OutOfStock as error:
        left = msg("Only %(left)s can be brought: so many are there and promised to nobody.")
        raise InvalidInput(left, field="units", left=error.facts["left"]) from error
    units: dict[int, int] = Counter()
    for one in chosen:
        units[one.lot.lot_id] += one.units
    return units


def take_back(
    session: Session,
    shelf_id: int,
    lot_id: int,
    units: int,
    reason: str,
    token: str,
    *,
    actor_id: int,
    now: datetime,
) -> bool:
    """Units go back to their village: for sale there again if their lot still is. False when this form did it before.

    Locks the lot. Raises NotFound, InvalidInput, NothingToTake.
    """
    _, source = shelf_and_source(session, shelf_id)
    if not tidy(reason):
        raise InvalidInput(REASON_NEEDED, field="reason")
    lots = lock_lots(session, [lot_id])
    if _brought_before(session, token):
        return False
    if units < 1 or units > units_there(session, shelf_id, [lot_id]).get(lot_id, 0):
        raise NothingToTake(field="units")
    why = Why(MoveKind.TAKEN_BACK, token, actor_id, tidy(reason)[:LONGEST_REASON])
    change_stock(session, shelf_id, {lot_id: -units}, why, now=now)
    free_units(session, {lot_id: units}, origin="shipped")
    _write_down(session, shelf_id, source, {lot_id: -units}, why, now)
    note_moved_stock(session, {lots[lot_id].variant_id}, now=now)
    return True


def shelf_and_source(session: Session, shelf_id: int) -> tuple[Shelf, OutsideSource]:
    """Raises NotFound."""
    shelf = session.get(Shelf, shelf_id)
    if shelf is None:
        raise NotFound()
    return shelf, session.get_one(OutsideSource, shelf.source_id)


def judge(session: Session, shelf: Shelf, said: Brought) -> None:
    """Raises InvalidInput by field."""
    errors = {}
    variant = session.get(Variant, said.variant_id)
    if variant is None or not variant.active:
        errors["variant"] = msg("Please choose goods from the list.")
    if not 1 <= said.units <= MOST_UNITS:
        errors["units"] = msg("Please enter how many, from 1 to 10,000.")
    if said.run_id is not None and not _goes_there(session, said.run_id, shelf.pickup_point_id):
        errors["run"] = msg("This truck does not go to the point.")
    if errors:
        raise InvalidInput(errors=errors)


def _goes_there(session: Session, run_id: int, point_id: int) -> bool:
    stops = sa.select(Run.id).join(RunStop, RunStop.run_id == Run.id)
    found = stops.where(Run.id == run_id, RunStop.pickup_point_id == point_id)
    return session.scalar(found) is not None


def _brought_before(session: Session, token: str) -> dict[int, int]:
    moves = sa.select(ShelfMove.lot_id, ShelfMove.units).where(ShelfMove.token == token)
    return dict(session.execute(moves).all())


def _write_down(
    session: Session, shelf_id: int, source: OutsideSource, units: Mapping[int, int], why: Why, now: datetime
) -> None:
    """On each lot's page, and in the audit trail."""
    codes = dict(session.execute(sa.select(Lot.id, Lot.code).where(Lot.id.in_(units))).all())
    for lot_id, change in sorted(units.items()):
        reason = f"{source.name_zh}: {why.reason}" if why.reason else source.name_zh
        session.add(
            LotChange(
                lot_id=lot_id, at=now, actor_id=why.actor_id, shelved_change=change,
                reason=reason[:LONGEST_REASON],
            )
        )  # fmt: skip
        facts = {"lot": codes[lot_id], "units": abs(change), "reason": why.reason}
        audit(session, why.actor_id, f"shelf.{why.kind}", "shelf", shelf_id, facts, now=now)
    session.flush()
