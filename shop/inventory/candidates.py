"""The lots that an order could be served from, and the income that the fairness rule compares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Household, Producer, Village
from shop.inventory.allocation import Candidate, Share
from shop.inventory.income import income_since, recent_income
from shop.inventory.models import Lot, LotShare, LotStatus
from shop.inventory.preference import Favour, favoured
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

    def keeping_until(self, day: date) -> Offer:
        """Only the lots whose goods are still good on that day."""
        return self.only(lambda lot: lot.best_before >= day)

    def harvested(self) -> Offer:
        """Only what is there: a promise for a later day is made to nobody who was not shown that day."""
        return self.only(lambda lot: lot.expected_on is None)

    def only(self, fits: Callable[[Candidate], bool]) -> Offer:
        return replace(self, lots=tuple(filter(fits, self.lots)))

    def favouring(self, favour: Favour) -> Offer:
        """The same lots, with incomes as the rule is to compare them for a buyer whose unit is paired."""
        return replace(self, income_per_head=favoured(self.income_per_head, favour)) if favour else self


# SQL for lots that something can be sold from on the day `today`: open, not past their best-before, not empty, and
# with the pledge that the law may want.
# if they are forecasts, then of a harvest that may still come on its day.
_TODAY: Final = sa.bindparam("today", type_=sa.Date)
SELLABLE: Final = sa.and_(
    Lot.status == LotStatus.OPEN,
    Lot.available > 0,
    Lot.in_question.is_(False),
    Lot.best_before >= _TODAY,
    sa.or_(Lot.needs_pledge.is_(False), Lot.expected_on.is_not(None)),  # signed for what is harvested
    sa.or_(Lot.expected_on.is_(None), Lot.expected_on >= _TODAY),
)


def read_offer(session: Session, variant_ids: Collection[int], now: datetime) -> Offer:
    """The lots of these variants as they are now, for showing and quoting; nothing is promised. One statement."""
    return _offer(session.execute(_OFFER, _asked(variant_ids, now)))


def lock_offer(session: Session, variant_ids: Collection[int], now: datetime) -> Offer:
    """Lock every lot that these variants could be sold from, in id order, and read them. One statement.

    Buyers of one variant queue here, so each plans with what the one before left: nobody oversells, and nobody is
    refused because two plans wanted the same units while others were free.
    """
    note_lock(session, LockRank.LOT)
    return _offer(session.execute(_LOCKED_OFFER, _asked(variant_ids, now)))


def _asked(variant_ids: Collection[int], now: datetime) -> dict[str, Any]:
    return {
        "variant_ids": sorted(variant_ids),
        "today": shanghai_date(now),
        "income_since": income_since(now),
    }


def _statement() -> sa.Select[*tuple[Any, ...]]:
    """A row for each share of each lot that can be sold from."""
    since = sa.bindparam("income_since", type_=sa.Date)
    wanted: sa.BindParameter[Any] = sa.bindparam("variant_ids", expanding=True)
    return (
        sa.select(
            *(Lot.id, Lot.variant_id, Lot.producer_id, Lot.available, Lot.best_before, Lot.expected_on),
            *(Lot.held, Lot.goes_first),
            *(Village.packing_place_id, LotShare.household_id, LotShare.share_bp, Household.people),
            recent_income(Household.__table__.c.id, since).label("income_fen"),
        )
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .join(LotShare, LotShare.lot_id == Lot.id)
        .join(Household, Household.id == LotShare.household_id)
        .where(Lot.variant_id.in_(wanted), SELLABLE)
        .order_by(Lot.id, LotShare.household_id)
    )


# Made once: building a statement takes as long as running it.
_OFFER: Final = _statement()
_LOCKED_OFFER: Final = _OFFER.with_for_update(of=Lot, key_share=True)


def _offer(rows: Iterable[Any]) -> Offer:
    by_lot: dict[int, list[Any]] = {}
    incomes: dict[int, int] = {}
    for row in rows:
        by_lot.setdefault(row.id, []).append(row)
        incomes[row.household_id] = int(row.income_fen) // row.people
    return Offer(tuple(_candidate(of_lot) for of_lot in by_lot.values()), incomes)


def _candidate(rows: Sequence[Any]) -> Candidate:
    lot = rows[0]
    return Candidate(
        lot_id=lot.id,
        variant_id=lot.variant_id,
        producer_id=lot.producer_id,
        packing_place_id=lot.packing_place_id,
        available=lot.available,
        best_before=lot.best_before,
        shares=tuple(Share(row.household_id, row.share_bp) for row in rows),
        goes_first=max(0, min(lot.goes_first - lot.held, lot.available)),  # what is held takes them too
        expected_on=lot.expected_on,
    )
