"""The lots that an order could be served from, and the income that the fairness rule compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, Village
from shop.inventory.allocation import Candidate, Share
from shop.inventory.income import recent_income
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.kit.clock import shanghai_date
from shop.storage.locks import LockRank, note_lock


@dataclass(frozen=True, slots=True)
class Offer:
    """What could be sold at one moment. `income_per_head` is in fen by household."""

    lots: tuple[Candidate, ...]
    income_per_head: dict[int, int]

    def units(self) -> Counter[int]:
        """How many units there are, by variant."""
        units = Counter[int]()
        for lot in self.lots:
            units[lot.variant_id] += lot.available
        return units


def sellable(now: datetime) -> sa.ColumnElement[bool]:
    """Lots that something can be sold from today: open, not past their best-before, not empty."""
    return sa.and_(Lot.status == LotStatus.OPEN, Lot.available > 0, Lot.best_before >= shanghai_date(now))


def read_offer(session: Session, variant_ids: Collection[int], now: datetime) -> Offer:
    """The lots of these variants as they are now, for showing and quoting; nothing is promised. Two statements."""
    return _offer(session, _lots(variant_ids, now), now)


def lock_offer(session: Session, variant_ids: Collection[int], now: datetime) -> Offer:
    """Lock every lot that these variants could be sold from, in id order, and read them. Two statements.

    Buyers of one variant queue here, so each plans with what the one before left: nobody oversells, and nobody is
    refused because two plans wanted the same units while others were free.
    """
    note_lock(session, LockRank.LOT)
    return _offer(session, _lots(variant_ids, now).with_for_update(of=Lot), now)


def _lots(variant_ids: Collection[int], now: datetime) -> sa.Select[int, int, int, int, int, date]:
    return (
        sa.select(
            Lot.id, Lot.variant_id, Lot.producer_id, Village.packing_place_id, Lot.available, Lot.best_before
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .where(Lot.variant_id.in_(sorted(variant_ids)), sellable(now))
        .order_by(Lot.id)
    )


def _offer(session: Session, statement: sa.Select[int, int, int, int, int, date], now: datetime) -> Offer:
    rows = session.execute(statement).all()
    if not rows:
        return Offer((), {})
    shares: dict[int, list[Share]] = {row.id: [] for row in rows}
    incomes: dict[int, int] = {}
    of_lots = (
        sa.select(
            LotShare.lot_id,
            LotShare.household_id,
            LotShare.share_bp,
            Household.people,
            recent_income(Household.__table__.c.id, now),
        )
        .join(Household, Household.id == LotShare.household_id)
        .where(LotShare.lot_id.in_(list(shares)))
        .order_by(LotShare.household_id)
    )
    for lot_id, household_id, share_bp, people, income in session.execute(of_lots):
        shares[lot_id].append(Share(household_id, share_bp))
        incomes[household_id] = int(income) // people
    lots = tuple(
        Candidate(
            lot_id=row.id,
            variant_id=row.variant_id,
            producer_id=row.producer_id,
            packing_place_id=row.packing_place_id,
            available=row.available,
            best_before=row.best_before,
            shares=tuple(shares[row.id]),
        )
        for row in rows
    )
    return Offer(lots, incomes)
