"""How far the departments are with what they meant to buy, this year beside the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.models import Unit
from shop.kit.clock import day_range
from shop.ordering.models import Order
from shop.purchases.models import CountedPurchase, Funding
from shop.purchases.platform_models import PlatformPurchase
from shop.purchases.scope import bought_between, counts_nowhere_else
from shop.purchases.targets import newest_targets
from shop.storage.paging import Page, read_page

WHOLE: Final = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Year:
    """A year as far as it has gone on `today`, and the same days of the year before."""

    number: int
    today: date

    @property
    def first(self) -> date:
        return date(self.number, 1, 1)

    @property
    def last(self) -> date:
        """Of a year that is over its last day, of one that has not begun its first."""
        return max(self.first, min(self.today, date(self.number, 12, 31)))

    @property
    def before(self) -> tuple[date, date]:
        last = self.last
        day = 28 if (last.month, last.day) == (2, 29) else last.day
        return date(self.number - 1, 1, 1), date(self.number - 1, last.month, day)

    def due_fen(self, target_fen: int) -> int:
        """What of a target should be bought by now, day by day; whole fen, rounded down."""
        days = (date(self.number, 12, 31) - self.first).days + 1
        gone = (self.last - self.first).days + 1 if self.today >= self.first else 0
        return target_fen * gone // days


@dataclass(frozen=True, slots=True)
class Progress:
    """A department's figures in fen, after refunds. What was bought on the public platform stands beside, and fills no target."""

    unit_id: int
    name_zh: str
    name_en: str
    target_fen: int
    bought_fen: int
    before_fen: int
    platform_fen: int
    due_fen: int

    @property
    def share_bp(self) -> int | None:
        return self.bought_fen * WHOLE // self.target_fen if self.target_fen else None

    @property
    def is_behind(self) -> bool:
        return self.bought_fen < self.due_fen


@dataclass(frozen=True, slots=True)
class Totals:
    target_fen: int
    bought_fen: int
    before_fen: int
    platform_fen: int
    behind: int


def page_of_progress(session: Session, year: Year, *, page: int = 1) -> Page[Progress]:
    """Departments with a target first, then by name. Two statements."""
    progress = _progress(year)
    ordered = progress.order_by(
        sa.case((sa.literal_column("target_fen") > 0, 0), else_=1), Unit.name_zh, Unit.id
    )
    return read_page(session, ordered, number=page).map(lambda row: _read(year, row))


def progress_of(session: Session, year: Year, unit_id: int) -> Progress | None:
    row = session.execute(_progress(year).where(Unit.id == unit_id)).one_or_none()
    return _read(year, row) if row else None


def units_behind(session: Session, year: Year) -> list[Progress]:
    """Those that should have bought more by now. One statement."""
    found = [_read(year, row) for row in session.execute(_progress(year).order_by(Unit.name_zh, Unit.id))]
    return [one for one in found if one.is_behind]


def totals_of(session: Session, year: Year) -> Totals:
    """Of all departments. One statement."""
    found = [_read(year, row) for row in session.execute(_progress(year))]
    return Totals(
        target_fen=sum(one.target_fen for one in found),
        bought_fen=sum(one.bought_fen for one in found),
        before_fen=sum(one.before_fen for one in found),
        platform_fen=sum(one.platform_fen for one in found),
        behind=sum(1 for one in found if one.is_behind),
    )


def by_funding(session: Session, year: Year, unit_id: int) -> dict[Funding, int]:
    """What a department bought this year, by whose money paid; largest first."""
    fen = _whole(sa.func.sum(Order.total_fen - Order.refunded_fen))
    statement = (
        sa.select(CountedPurchase.funding, fen)
        .join(Order, Order.id == CountedPurchase.order_id)
        .where(CountedPurchase.unit_id == unit_id, bought_between(year.first, year.last))
        .group_by(CountedPurchase.funding)
        .order_by(fen.desc(), CountedPurchase.funding)
    )
    return {row[0]: int(row[1]) for row in session.execute(statement)}


def _progress(year: Year) -> sa.Select[*tuple[Any, ...]]:
    targets, bought, platform = newest_targets(year.number), _bought(year), _on_platform(year)
    return (
        sa.select(
            *(Unit.id, Unit.name_zh, Unit.name_en),
            sa.func.coalesce(targets.c.target_fen, 0).label("target_fen"),
            *(sa.func.coalesce(bought.c[name], 0) for name in ("this_fen", "before_fen")),
            sa.func.coalesce(platform.c.fen, 0),
        )
        .outerjoin(targets, targets.c.unit_id == Unit.id)
        .outerjoin(bought, bought.c.unit_id == Unit.id)
        .outerjoin(platform, platform.c.unit_id == Unit.id)
    )


def _bought(year: Year) -> sa.Subquery:
    begins, _ = day_range(year.first, year.first)
    net = Order.total_fen - Order.refunded_fen
    this_year = Order.confirmed_at >= begins
    return (
        sa.select(
            CountedPurchase.unit_id,
            _whole(sa.func.sum(sa.case((this_year, net), else_=0))).label("this_fen"),
            _whole(sa.func.sum(sa.case((this_year, 0), else_=net))).label("before_fen"),
        )
        .join(Order, Order.id == CountedPurchase.order_id)
        .where(
            CountedPurchase.unit_id.is_not(None),
            sa.or_(bought_between(year.first, year.last), bought_between(*year.before)),
        )
        .group_by(CountedPurchase.unit_id)
        .subquery("bought")
    )


def _on_platform(year: Year) -> sa.Subquery:
    return (
        sa.select(PlatformPurchase.unit_id, _whole(sa.func.sum(PlatformPurchase.amount_fen)).label("fen"))
        .where(
            PlatformPurchase.bought_on >= year.first,
            PlatformPurchase.bought_on <= year.last,
            counts_nowhere_else(),
        )
        .group_by(PlatformPurchase.unit_id)
        .subquery("on_platform")
    )


def _whole(fen: Any) -> sa.ColumnElement[int]:
    return sa.cast(fen, sa.BigInteger)


def _read(year: Year, row: Any) -> Progress:
    unit_id, name_zh, name_en, target_fen, bought_fen, before_fen, platform_fen = row
    return Progress(
        unit_id=unit_id,
        name_zh=name_zh,
        name_en=name_en,
        target_fen=int(target_fen),
        bought_fen=int(bought_fen),
        before_fen=int(before_fen),
        platform_fen=int(platform_fen),
        due_fen=year.due_fen(int(target_fen)),
    )
