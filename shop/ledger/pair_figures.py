"""What came of a pair: the household, its unit, the report and the shop's team read the same figures, from here.

They count orders of the unit's people that were confirmed on days of the pair and not called off, and of them only what
concerns the paired household: never what it earned from anybody else. What one household got is its own and the team's to
read; its unit reads a total, from so many households up that it says nothing of one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.catalogue.models import Household, Pair, Village
from shop.inventory.models import Allocation, AllocationStatus, LotShare
from shop.inventory.returns import restocked_by_allocation
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.models import Account, EntryKind, JournalEntry, Posting
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.storage.expressions import shanghai_day

_OF_SALES: Final = (EntryKind.SALE, EntryKind.REASSIGNMENT, EntryKind.REFUND, EntryKind.REVERSAL)
_GIVEN: Final = (AllocationStatus.COMMITTED, AllocationStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class PairFigures:
    """`orders` in which the unit bought from the household, `units` of the household's lots, and what of the price in
    fen is the household's, refunds that it bears taken off. Without consent to be shown there is no alias.
    """

    unit_zh: str
    unit_en: str
    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    first_day: date
    last_day: date | None
    orders: int
    units: int
    household_fen: int


@dataclass(frozen=True, slots=True)
class StoodBy:
    """A household by which a unit stands. Without consent to be shown there is no alias."""

    alias_zh: str
    alias_en: str
    village_zh: str
    village_en: str
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """Of all pairs of a unit together: `households` that got something, `units` of their lots, their part in fen."""

    households: int
    units: int
    household_fen: int


def households_of_unit(session: Session, unit_id: int) -> list[StoodBy]:
    """For the unit's people. One statement."""
    rows = session.execute(
        sa.select(
            *(_shown(Household.alias_zh), _shown(Household.alias_en), Village.name_zh, Village.name_en),
            *(Pair.first_day, Pair.last_day),
        )
        .join(Household, Household.id == Pair.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(Pair.unit_id == unit_id)
        .order_by(Pair.first_day.desc(), Pair.id)
    )
    return [StoodBy(*row) for row in rows]


def total_of_unit(session: Session, unit_id: int) -> UnitTotal | None:
    """For the unit's people; None below five households that got something by it. One statement."""
    _orders, units, fen = figures_of_pair()
    pairs = (
        sa.select(Pair.household_id, units.label("units"), fen.label("fen"))
        .where(Pair.unit_id == unit_id)
        .subquery()
    )
    households, given, total = session.execute(
        sa.select(
            sa.func.count(sa.distinct(sa.case((pairs.c.fen > 0, pairs.c.household_id)))),
            sa.cast(sa.func.coalesce(sa.func.sum(pairs.c.units), 0), sa.BigInteger),
            sa.cast(sa.func.coalesce(sa.func.sum(pairs.c.fen), 0), sa.BigInteger),
        )
    ).one()
    return UnitTotal(households, given, total) if households >= FEWEST_HOUSEHOLDS else None


def pairs_of_households(session: Session, household_ids: Collection[int]) -> list[PairFigures]:
    """For the households' own people. One statement."""
    return _read(session, Pair.household_id.in_(household_ids))


def figures_of_pair(*conditions: sa.ColumnElement[bool]) -> tuple[sa.ScalarSelect[int], ...]:
    """SQL for orders, units and fen of the `Pair` of the row; `conditions` on the order narrow them."""
    counted = (
        Order.unit_id == Pair.unit_id,
        Order.status != OrderStatus.CANCELLED,
        shanghai_day(Order.confirmed_at) >= Pair.first_day,
        sa.or_(Pair.last_day.is_(None), shanghai_day(Order.confirmed_at) <= Pair.last_day),
        *conditions,
    )
    return _orders(counted), _units(counted), _fen(counted)


def _orders(counted: Collection[sa.ColumnElement[bool]]) -> sa.ScalarSelect[int]:
    return _scalar(_given(sa.func.count(sa.distinct(Order.id))).where(*counted))


def _units(counted: Collection[sa.ColumnElement[bool]]) -> sa.ScalarSelect[int]:
    back = restocked_by_allocation()
    left = sa.func.sum(Allocation.units - sa.func.coalesce(back.c.units, 0))
    whole = sa.cast(sa.func.coalesce(left, 0), sa.BigInteger)
    given = _given(whole).outerjoin(back, back.c.allocation_id == Allocation.id)
    return _scalar(given.where(*counted))


def _given(what: sa.ColumnElement[int]) -> sa.Select[int]:
    return (
        sa.select(what)
        .select_from(LotShare)
        .join(Allocation, Allocation.lot_id == LotShare.lot_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(LotShare.household_id == Pair.household_id, Allocation.status.in_(_GIVEN))
    )


def _fen(counted: Collection[sa.ColumnElement[bool]]) -> sa.ScalarSelect[int]:
    earned = sa.cast(sa.func.coalesce(-sa.func.sum(Posting.amount_fen), 0), sa.BigInteger)
    return _scalar(
        sa.select(earned)
        .select_from(Posting)
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .join(Order, Order.id == JournalEntry.order_id)
        .where(
            Posting.account == Account.HOUSEHOLD_PAYABLE,
            Posting.household_id == Pair.household_id,
            JournalEntry.kind.in_(_OF_SALES),
            *counted,
        )
    )


def _scalar(statement: sa.Select[int]) -> sa.ScalarSelect[int]:
    return statement.correlate(Pair).scalar_subquery()


def _shown(alias: Any) -> sa.ColumnElement[str]:
    return sa.case((Household.consented_at.is_not(None), alias), else_="")


def _read(session: Session, whose: sa.ColumnElement[bool]) -> list[PairFigures]:
    rows = session.execute(
        sa.select(
            *(Unit.name_zh, Unit.name_en, _shown(Household.alias_zh), _shown(Household.alias_en)),
            *(Village.name_zh, Village.name_en, Pair.first_day, Pair.last_day),
            *figures_of_pair(),
        )
        .join(Unit, Unit.id == Pair.unit_id)
        .join(Household, Household.id == Pair.household_id)
        .join(Village, Village.id == Household.village_id)
        .where(whose)
        .order_by(Pair.first_day.desc(), Pair.id)
    )
    return [PairFigures(*row) for row in rows]
