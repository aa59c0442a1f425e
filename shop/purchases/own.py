"""What one organisation bought itself, for its members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import day_range
from shop.ordering.models import Order
from shop.purchases.board import Year
from shop.purchases.models import CountedPurchase, Funding
from shop.purchases.scope import bought_between
from shop.storage.paging import Page, read_page


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """In fen after refunds."""

    number: str
    confirmed_at: datetime
    funding: Funding
    paid_fen: int
    net_fen: int


def orders_of_organisation(
    session: Session, organisation_id: int, year: Year, *, page: int = 1
) -> Page[OwnOrder]:
    """The newest first."""
    columns: tuple[Any, ...] = (
        *(Order.number, Order.confirmed_at, CountedPurchase.funding, Order.total_fen),
        Order.total_fen - Order.refunded_fen,
    )
    statement = (
        sa.select(*columns)
        .join(CountedPurchase, CountedPurchase.order_id == Order.id)
        .where(CountedPurchase.organisation_id == organisation_id, bought_between(year.first, year.last))
        .order_by(Order.confirmed_at.desc(), Order.id.desc())
    )
    return read_page(session, statement, number=page).map(lambda row: OwnOrder(*row))


def bought_by_organisation(session: Session, organisation_id: int, year: Year) -> tuple[int, int]:
    """This year, and on the same days of the year before, in fen after refunds."""
    begins, _ = day_range(year.first, year.first)
    net, now = Order.total_fen - Order.refunded_fen, Order.confirmed_at >= begins
    row = session.execute(
        sa.select(
            *(
                sa.cast(sa.func.coalesce(sa.func.sum(sa.case((when, net), else_=0)), 0), sa.BigInteger)
                for when in (now, sa.not_(now))
            )
        )
        .select_from(CountedPurchase)
        .join(Order, Order.id == CountedPurchase.order_id)
        .where(
            CountedPurchase.organisation_id == organisation_id,
            sa.or_(bought_between(year.first, year.last), bought_between(*year.before)),
        )
    ).one()
    return int(row[0]), int(row[1])
