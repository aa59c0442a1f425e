"""A forecast is harvested: what really came becomes an ordinary lot, and what is missing of the promised is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.inventory.forecasts import lock_forecast, shelf_life_of
from shop.inventory.lot_writing import Author, note_change
from shop.inventory.lots import MOST_UNITS
from shop.inventory.models import Lot, LotStatus
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput
from shop.kit.text import msg


@dataclass(frozen=True, slots=True)
class Harvest:
    """So many units came on that day; `best_before` is by the shelf life where nobody says another."""

    units: int
    harvested_on: date
    best_before: date | None = None


def harvest_lot(session: Session, lot_id: int, harvest: Harvest, *, author: Author, now: datetime) -> bool:
    """Make an ordinary lot of a forecast; False when it is one already, so that pressing twice is once.

    Fewer units than are promised: the lot keeps its promises on paper and is closed, so that nothing of it is sold
    again, and `short_harvest` says how many there really are; whoever has the orders takes the rest out of them.
    Raises NotFound, InvalidInput.
    """
    lot = lock_forecast(session, lot_id)
    if lot.expected_on is None:
        return False
    best_before = harvest.best_before or harvest.harvested_on + timedelta(
        days=shelf_life_of(session, lot.variant_id)
    )
    _judge(harvest, best_before, shanghai_date(now), lot.created_at)
    promised, before = lot.held + lot.committed, lot.declared
    extra = harvest.units - promised
    if extra < 0:
        lot.status, lot.short_harvest = LotStatus.CLOSED, harvest.units
    if lot.status is LotStatus.OPEN:
        lot.available, lot.declared = extra, promised + extra + lot.withdrawn
    else:  # withdrawn before its harvest, or short: only the promised units are of interest
        lot.available, lot.declared = 0, promised + lot.withdrawn
    lot.expected_on, lot.harvested_on, lot.packed_on = None, harvest.harvested_on, shanghai_date(now)
    lot.best_before = best_before
    session.flush()
    note_change(session, lot, author, now, declared=lot.declared - before, reason="")
    facts = {"units": harvest.units, "promised": promised, "expected": lot.expected_units}
    audit(session, author.user_id, "lot.harvested", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return True


def missing_units(lot: Lot) -> int:
    """Of the units that are promised to paid orders, so many did not come."""
    return 0 if lot.short_harvest is None else max(lot.committed + lot.shipped - lot.short_harvest, 0)


def _judge(harvest: Harvest, best_before: date, today: date, declared_at: datetime) -> None:
    errors = {}
    if not 0 <= harvest.units <= MOST_UNITS:
        errors["units"] = msg("Please enter a number of units from 0 to 100,000.")
    if not shanghai_date(declared_at) <= harvest.harvested_on <= today:
        errors["harvested_on"] = msg(
            "Please choose the day of the harvest: since it was declared, until today."
        )
    elif best_before < today:
        errors["best_before"] = msg("The best-before date has passed.")
    if errors:
        raise InvalidInput(errors=errors)
