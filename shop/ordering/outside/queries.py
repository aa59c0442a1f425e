"""Orders from elsewhere as the team finds them, and as other pages name them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.kit.clock import EARLIEST, LATEST
from shop.kit.text import half_width, like_pattern, tidy
from shop.ordering.models import Channel, Order, OrderStatus
from shop.ordering.outside.models import (
    LONGEST_NUMBER,
    OUTSIDE,
    OutsideOrder,
    OutsideSource,
    PaidHow,
    provider_of_source,
)
from shop.storage.paging import Page, read_page

MOST_FOUND: Final = 200
SHORTEST_START: Final = 3  # signs of a number there that somebody may search by


@dataclass(frozen=True)
class OutsideRow:
    """One line of the list."""

    order_id: int
    order_number: str
    source_id: int
    source_zh: str
    source_en: str
    number: str
    ordered_on: date
    recipient: str
    paid_how: PaidHow
    paid_on: date | None
    total_fen: int
    status: OrderStatus
    entered_at: datetime
    confirmed_at: datetime | None
    channel: Channel

    @property
    def is_paid_in_shop(self) -> bool:
        """Nobody collected it elsewhere, and it is confirmed: its buyer paid as for any order."""
        return self.paid_how is PaidHow.NOT_YET and self.confirmed_at is not None


@dataclass(frozen=True)
class OutsideFilter:
    """Empty fields filter nothing. `text`: a number there, a number of ours, or a recipient."""

    text: str = ""
    source_id: int | None = None
    paid_how: PaidHow | None = None
    first_day: date | None = None
    last_day: date | None = None
    import_id: int | None = None


def tidy_number(typed: str) -> str:
    """A number as it is kept and compared: full-width signs plain, capital letters, no spaces around."""
    return half_width(tidy(typed)).upper()[:LONGEST_NUMBER]


def find_outside(session: Session, wanted: OutsideFilter, *, page: int = 1) -> Page[OutsideRow]:
    """The last entered first. Two statements."""
    statement = _rows().where(*_conditions(wanted)).order_by(OutsideOrder.entered_at.desc(), Order.id.desc())
    return read_page(session, statement, number=page).map(lambda row: OutsideRow(*row))


def outside_of_order(session: Session, order_id: int) -> OutsideRow | None:
    """What the order is called elsewhere, if it came from there."""
    row = session.execute(_rows().where(OutsideOrder.order_id == order_id)).one_or_none()
    return OutsideRow(*row) if row is not None else None


def order_of_number(session: Session, source_id: int, number: str) -> str | None:
    """Our number of the order that a source's number stands for."""
    wanted = sa.and_(OutsideOrder.source_id == source_id, OutsideOrder.number == number)
    order_number: str | None = session.scalar(
        sa.select(Order.number).join(OutsideOrder, OutsideOrder.order_id == Order.id).where(wanted)
    )
    return order_number


def known_numbers(session: Session, source_id: int, numbers: Collection[str]) -> dict[str, str]:
    """Our numbers of those that are entered already, by theirs."""
    rows = session.execute(
        sa.select(OutsideOrder.number, Order.number)
        .join(Order, Order.id == OutsideOrder.order_id)
        .where(OutsideOrder.source_id == source_id, OutsideOrder.number.in_(numbers))
    )
    return dict(rows.all())


def orders_numbered(session: Session, text: str) -> frozenset[str]:
    """Our numbers of orders that are called so elsewhere, or begin so; a search by other words finds nothing."""
    number = tidy_number(text)
    if len(number) < SHORTEST_START:
        return frozenset()
    found = session.scalars(
        sa.select(Order.number)
        .join(OutsideOrder, OutsideOrder.order_id == Order.id)
        .where(OutsideOrder.number.startswith(number, autoescape=True))
        .limit(MOST_FOUND)
    )
    return frozenset(found)


def sources_by_provider(session: Session) -> dict[str, OutsideSource]:
    """Every source, by the name under which the books know what it collects."""
    rows = session.scalars(sa.select(OutsideSource).order_by(OutsideSource.id))
    return {provider_of_source(one.slug): one for one in rows}


def is_source(session: Session, provider: str) -> bool:
    """Whether a source stands behind this name of somebody who holds money for us."""
    prefix, _, slug = provider.partition(":")
    known = sa.select(OutsideSource.id).where(OutsideSource.slug == slug)
    return prefix == OUTSIDE and bool(slug) and session.scalar(known) is not None


def _rows() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            *(Order.id, Order.number, OutsideSource.id, OutsideSource.name_zh, OutsideSource.name_en),
            *(OutsideOrder.number, OutsideOrder.ordered_on, Order.recipient, OutsideOrder.paid_how),
            *(OutsideOrder.paid_on, Order.total_fen, Order.status, OutsideOrder.entered_at),
            *(Order.confirmed_at, Order.channel),
        )
        .select_from(OutsideOrder)
        .join(Order, Order.id == OutsideOrder.order_id)
        .join(OutsideSource, OutsideSource.id == OutsideOrder.source_id)
    )


def _conditions(wanted: OutsideFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if text := tidy(wanted.text):
        conditions.append(
            sa.or_(
                OutsideOrder.number.startswith(tidy_number(text), autoescape=True),
                Order.number == text.upper(),
                Order.recipient.ilike(f"%{like_pattern(text)}%", escape="\\"),
            )
        )
    if wanted.source_id is not None:
        conditions.append(OutsideOrder.source_id == wanted.source_id)
    if wanted.paid_how is not None:
        conditions.append(OutsideOrder.paid_how == wanted.paid_how)
    if wanted.import_id is not None:
        conditions.append(OutsideOrder.import_id == wanted.import_id)
    if wanted.first_day is not None or wanted.last_day is not None:
        first, last = wanted.first_day or EARLIEST, wanted.last_day or LATEST
        conditions.append(OutsideOrder.ordered_on.between(first, last))
    return conditions
