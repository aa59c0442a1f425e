"""Lots as the shop's team finds and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import User
from shop.catalogue.models import Certificate, Household, Producer, Product, Variant, Village
from shop.inventory.models import Lot, LotChange, LotShare, LotStatus
from shop.inventory.recall_state import recalled
from shop.inventory.trace_models import LotPledge
from shop.kit.errors import NotFound
from shop.kit.text import like_pattern, tidy
from shop.storage.paging import Page, read_page

SOON = timedelta(days=7)


class Shelf(StrEnum):
    """Which lots: those that can be sold, those to be harvested, those that spoil soon, those that are closed."""

    OPEN = "open"
    TO_COME = "to_come"
    SPOILING = "spoiling"
    CLOSED = "closed"
    RECALLED = "recalled"


@dataclass(frozen=True)
class LotFilter:
    """Empty fields filter nothing; `text` is part of a code, an SKU, a product's or a producer's name."""

    text: str = ""
    shelf: Shelf | None = None
    village_id: int | None = None


@dataclass(frozen=True)
class LotRow:
    id: int
    code: str
    status: LotStatus
    sku: str
    name_zh: str
    name_en: str
    producer_zh: str
    producer_en: str
    village_zh: str
    village_en: str
    declared: int
    available: int
    held: int
    committed: int
    shipped: int
    withdrawn: int
    harvested_on: date | None
    packed_on: date | None
    best_before: date
    certificate: str | None
    needs_pledge: bool
    pledge: str | None
    expected_on: date | None
    expected_units: int | None
    confidence_pct: int | None
    is_recalled: bool
    in_question: bool

    @property
    def look(self) -> str:
        """What stands first of it: that it is recalled, or proposed for that, else whether it is for sale."""
        return "recalled" if self.is_recalled else "in_question" if self.in_question else self.status.value

    @property
    def least(self) -> int:
        """So few units it cannot have: these are promised, sent or taken off already."""
        return self.declared - self.available


@dataclass(frozen=True)
class ShareRow:
    alias_zh: str
    alias_en: str
    share_bp: int


@dataclass(frozen=True)
class ChangeRow:
    at: datetime
    actor: str | None
    for_producer: bool
    declared_change: int
    withdrawn_change: int
    returned_change: int
    written_off_change: int
    repacked_change: int
    missing_change: int
    reason: str


def find_lots(session: Session, wanted: LotFilter, *, today: date, page: int = 1) -> Page[LotRow]:
    """Those that spoil first on top; closed ones, the newest first."""
    statement = _columns().where(*_conditions(wanted, today))
    closed_last = sa.case((Lot.status == LotStatus.OPEN, 0), else_=1)
    by_age = (Lot.id.desc(),) if wanted.shelf is Shelf.CLOSED else (closed_last, Lot.best_before, Lot.id)
    return read_page(session, statement.order_by(*by_age), number=page).map(lambda row: LotRow(*row))


def read_lot(session: Session, lot_id: int) -> LotRow:
    """Raises NotFound."""
    row = session.execute(_columns().where(Lot.id == lot_id)).one_or_none()
    if row is None:
        raise NotFound()
    return LotRow(*row)


def shares_of_lot(session: Session, lot_id: int) -> Sequence[ShareRow]:
    rows = session.execute(
        sa.select(Household.alias_zh, Household.alias_en, LotShare.share_bp)
        .join(Household, Household.id == LotShare.household_id)
        .where(LotShare.lot_id == lot_id)
        .order_by(LotShare.share_bp.desc(), Household.id)
    )
    return [ShareRow(*row) for row in rows]


def changes_of_lot(session: Session, lot_id: int) -> Sequence[ChangeRow]:
    """The newest first."""
    rows = session.execute(
        sa.select(
            LotChange.at,
            sa.func.coalesce(sa.func.nullif(User.name, ""), User.email),
            LotChange.for_producer,
            LotChange.declared_change,
            LotChange.withdrawn_change,
            LotChange.returned_change,
            LotChange.written_off_change,
            LotChange.repacked_change,
            LotChange.missing_change,
            LotChange.reason,
        )
        .outerjoin(User, User.id == LotChange.actor_id)
        .where(LotChange.lot_id == lot_id)
        .order_by(LotChange.id.desc())
    )
    return [ChangeRow(*row) for row in rows]


def _columns() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Lot.id, Lot.code, Lot.status, Variant.sku, Product.name_zh, Product.name_en),
            *(Producer.name_zh, Producer.name_en, Village.name_zh, Village.name_en),
            *(Lot.declared, Lot.available, Lot.held, Lot.committed, Lot.shipped, Lot.withdrawn),
            *(Lot.harvested_on, Lot.packed_on, Lot.best_before, Certificate.number),
            *(Lot.needs_pledge, LotPledge.number),
            *(Lot.expected_on, Lot.expected_units, Lot.confidence_pct),
            *(recalled(), Lot.in_question),
        )
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Producer, Producer.id == Lot.producer_id)
        .join(Village, Village.id == Producer.village_id)
        .outerjoin(Certificate, Certificate.id == Lot.certificate_id)
        .outerjoin(LotPledge, sa.and_(LotPledge.lot_id == Lot.id, LotPledge.replaced_at.is_(None)))
    )


def _conditions(wanted: LotFilter, today: date) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if text := tidy(wanted.text):
        pattern = f"%{like_pattern(text)}%"
        columns = (
            Lot.code,
            Variant.sku,
            Product.name_zh,
            Product.name_en,
            Producer.name_zh,
            Producer.name_en,
        )
        conditions.append(sa.or_(*(column.ilike(pattern, escape="\\") for column in columns)))
    if wanted.village_id is not None:
        conditions.append(Producer.village_id == wanted.village_id)
    if wanted.shelf is Shelf.RECALLED:
        conditions.append(sa.or_(recalled(), Lot.in_question.is_(True)))
    elif wanted.shelf is Shelf.CLOSED:
        conditions.append(Lot.status == LotStatus.CLOSED)
    elif wanted.shelf is Shelf.TO_COME:
        conditions.append(Lot.expected_on.is_not(None))
    elif wanted.shelf is not None:
        conditions.append(Lot.status == LotStatus.OPEN)
    if wanted.shelf is Shelf.SPOILING:
        conditions.append(spoils_soon(today))
    return conditions


def spoils_soon(today: date) -> sa.ColumnElement[bool]:
    """SQL: an open lot that is harvested, has units left and is best before a day within the week: for the list and the dashboard."""
    is_there = sa.and_(Lot.status == LotStatus.OPEN, Lot.available > 0, Lot.expected_on.is_(None))
    return sa.and_(is_there, Lot.best_before <= today + SOON)
