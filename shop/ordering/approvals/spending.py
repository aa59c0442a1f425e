"""What was bought on account in a month and a year, and which limits one more order would go beyond."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.accounts.organisation_models import Span, SpendingLimit
from shop.accounts.spending_limits import limits_for
from shop.kit.clock import shanghai_date, shanghai_midnight
from shop.ordering.models import Order, OrderStatus

ON_ACCOUNT: Final = "on_account"
OF_MEMBER: Final = "member"
OF_ALL: Final = "organisation"


@dataclass(frozen=True, slots=True)
class Spent:
    """In fen, what went back left out: by the member and by all of the organisation, this month and this year."""

    own_month_fen: int = 0
    own_year_fen: int = 0
    month_fen: int = 0
    year_fen: int = 0

    def by(self, *, member: bool, span: Span) -> int:
        """Nothing was spent in the one order that is judged."""
        if span is Span.ORDER:
            return 0
        if span is Span.MONTH:
            return self.own_month_fen if member else self.month_fen
        return self.own_year_fen if member else self.year_fen


@dataclass(frozen=True, slots=True)
class Over:
    """A limit that an order goes beyond; amounts in fen."""

    of: str  # member | organisation
    span: str
    limit_fen: int
    spent_fen: int

    def as_fact(self) -> dict[str, Any]:
        return asdict(self)


def exceeded(limits: Sequence[SpendingLimit], spent: Spent, wanted_fen: int) -> tuple[Over, ...]:
    """Pure. The limits that an order of `wanted_fen` beside what was spent is more than."""
    found = []
    for one in limits:
        before = spent.by(member=one.user_id is not None, span=one.span)
        if before + wanted_fen > one.limit_fen:
            of = OF_MEMBER if one.user_id is not None else OF_ALL
            found.append(Over(of, one.span.value, one.limit_fen, before))
    return tuple(found)


def limits_beyond(
    session: Session, organisation_id: int, user_id: int | None, wanted_fen: int, *, now: datetime
) -> tuple[Over, ...]:
    """As things stand. Exact behind the organisation's lock, since its orders are accepted one after the other there.

    One statement without limits, else two.
    """
    limits = limits_for(session, organisation_id, user_id)
    if not limits:
        return ()
    return exceeded(limits, spent_by(session, organisation_id, user_id, now=now), wanted_fen)


def spent_by(session: Session, organisation_id: int, user_id: int | None, *, now: datetime) -> Spent:
    """One statement."""
    today = shanghai_date(now)
    month, year = (shanghai_midnight(date(today.year, each, 1)) for each in (today.month, 1))
    fen, own = Order.total_fen - Order.refunded_fen, Order.user_id == user_id
    in_month = Order.confirmed_at >= month
    parts = (sa.and_(own, in_month), own, in_month, sa.true())
    sums: list[Any] = [sa.func.coalesce(sa.func.sum(sa.case((part, fen), else_=0)), 0) for part in parts]
    row = session.execute(
        sa.select(*sums).where(
            Order.organisation_id == organisation_id,
            Order.payment_method == ON_ACCOUNT,
            Order.confirmed_at >= year,
            Order.status != OrderStatus.CANCELLED,
        )
    ).one()
    return Spent(*(int(value) for value in row))
