"""Lots before their harvest: declared with a day and how sure it is, pre-ordered, put off, and harvested in the end.

The rule for how much can be pre-ordered: what is expected × how sure it is, rounded down to whole units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.audit import audit
from shop.catalogue.models import Producer, Product, Variant
from shop.catalogue.refreshing import add_village
from shop.inventory.lot_writing import Author, lot_code, note_change, sent_before
from shop.inventory.lots import AT_LEAST_ONE, MOST_UNITS, demands_of
from shop.inventory.models import WHOLE_BP, Lot, LotShare
from shop.inventory.stock import note_moved_stock
from shop.kit.clock import shanghai_date
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg
from shop.storage.locks import LockRank, lock_row

FURTHEST: Final = timedelta(days=180)
LEAST_PCT: Final = 10
MOST_PCT: Final = 100


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a producer expects. `shares` are basis points by household; empty: the producer's own."""

    variant_id: int
    producer_id: int
    units: int
    expected_on: date
    confidence_pct: int
    shares: dict[int, int] | None = None
    token: str = ""  # of the form: sent twice, it makes one lot


def promisable(units: int, confidence_pct: int) -> int:
    """How many units can be pre-ordered. Pure."""
    return units * confidence_pct // 100


def declare_forecast(session: Session, forecast: Forecast, *, author: Author, now: datetime) -> Lot:
    """A lot to be pre-ordered from at once; the one there is for a form that was sent before.

    Raises NotFound, InvalidInput.
    """
    producer = session.get(Producer, forecast.producer_id)
    variant = session.get(Variant, forecast.variant_id)
    if producer is None or variant is None or not producer.active:
        raise NotFound()
    code = lot_code(forecast.token, now)
    if forecast.token and (known := sent_before(session, code, variant.id, producer.id)) is not None:
        return known
    shares = forecast.shares or ({producer.household_id: WHOLE_BP} if producer.household_id else {})
    errors = mistakes_in(forecast, shanghai_date(now))
    if not shares:
        errors["shares"] = msg("Say whose goods are in this lot.")
    if errors:
        raise InvalidInput(errors=errors)
    units = promisable(forecast.units, forecast.confidence_pct)
    keeps, needs_pledge = demands_of(session, variant.product_id, shanghai_date(now))
    lot = Lot(
        code=code,
        variant_id=variant.id,
        producer_id=producer.id,
        best_before=forecast.expected_on + timedelta(days=keeps),
        expected_on=forecast.expected_on,
        expected_units=forecast.units,
        confidence_pct=forecast.confidence_pct,
        needs_pledge=needs_pledge,  # signed for what is harvested
        declared=units,
        available=units,
        created_at=now,
        shares=[LotShare(household_id=one, share_bp=bp) for one, bp in sorted(shares.items())],
    )
    session.add(lot)
    session.flush()
    note_change(session, lot, author, now, declared=units)
    add_village(session, variant.product_id, producer.village_id)
    facts = {
        "expected": forecast.units,
        "on": forecast.expected_on.isoformat(),
        "pct": forecast.confidence_pct,
    }
    audit(session, author.user_id, "lot.forecast", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return lot


def put_off(
    session: Session, lot_id: int, expected_on: date, *, author: Author, now: datetime
) -> date | None:
    """The harvest comes later; returns the day it was expected on, None when it is expected on that day already.

    Raises NotFound for what is no forecast, InvalidInput for a day that is not later.
    """
    lot = lock_forecast(session, lot_id)
    was_on = lot.expected_on
    if lot.expected_on is None or was_on is None:
        raise NotFound()
    if expected_on == was_on:
        return None
    today = shanghai_date(now)
    if not is_later(expected_on, was_on, today):
        raise InvalidInput(NOT_LATER, field="expected_on")
    lot.expected_on, lot.best_before = expected_on, lot.best_before + (expected_on - was_on)
    session.flush()
    facts = {"expected_on": [was_on.isoformat(), expected_on.isoformat()]}
    note_change(session, lot, author, now, reason=f"{was_on.isoformat()} → {expected_on.isoformat()}")
    audit(session, author.user_id, "lot.put_off", "lot", lot.code, facts, now=now)
    note_moved_stock(session, {lot.variant_id}, now=now)
    return was_on


def is_later(expected_on: date, was_on: date, today: date) -> bool:
    """Whether a harvest that was expected on one day may be put off to another. Pure."""
    return max(was_on, today) < expected_on <= today + FURTHEST


def lock_forecast(session: Session, lot_id: int) -> Lot:
    lot = lock_row(session, LockRank.LOT, sa.select(Lot).where(Lot.id == lot_id))
    if lot is None:
        raise NotFound()
    return lot


NOT_LATER: Final = msg("Please choose a later day than the one that was said, within 180 days.")
NOT_TO_COME: Final = msg("Please choose a day that is still to come, within 180 days.")
TOO_UNSURE: Final = msg("So unsure that not one unit can be promised.")


def mistakes_in(forecast: Forecast, today: date) -> dict[str, str]:
    """What is wrong with its numbers and its day, by field. Pure."""
    errors = {}
    if not 1 <= forecast.units <= MOST_UNITS:
        errors["units"] = AT_LEAST_ONE
    if not LEAST_PCT <= forecast.confidence_pct <= MOST_PCT:
        errors["confidence_pct"] = msg("Please say how sure it is, from 10 to 100 per cent.")
    elif not errors and not promisable(forecast.units, forecast.confidence_pct):
        errors["units"] = TOO_UNSURE
    if not today < forecast.expected_on <= today + FURTHEST:
        errors["expected_on"] = NOT_TO_COME
    return errors


def shelf_life_of(session: Session, variant_id: int) -> int:
    """In days."""
    return session.scalars(
        sa.select(Product.shelf_life_days)
        .join(Variant, Variant.product_id == Product.id)
        .where(Variant.id == variant_id)
    ).one()


def shelf_life_of_lot(session: Session, lot_id: int) -> int:
    """In days."""
    return shelf_life_of(session, session.get_one(Lot, lot_id).variant_id)
