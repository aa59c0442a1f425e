"""What pairing brought, for everybody: totals alone, and only where they say nothing of one household."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.catalogue.models import Pair
from shop.kit.clock import shanghai_midnight
from shop.ledger.impact import FEWEST_HOUSEHOLDS
from shop.ledger.pair_figures import figures_of_pair
from shop.ordering.models import Order


@dataclass(frozen=True, slots=True)
class PairImpact:
    """Of one year: units and households that were paired in it, and what came to these from these."""

    units: int
    households: int
    household_fen: int


def read_pair_impact(session: Session, *, year: int) -> PairImpact | None:
    """None below five households that got something by it. One statement."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    of_year = (Order.confirmed_at >= shanghai_midnight(first), Order.confirmed_at < shanghai_midnight(end))
    _orders, _units, fen = figures_of_pair(*of_year)
    running = sa.and_(Pair.first_day < end, sa.or_(Pair.last_day.is_(None), Pair.last_day >= first))
    pairs = sa.select(Pair.unit_id, Pair.household_id, fen.label("fen")).where(running).subquery()
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(pairs.c.unit_id)),
            sa.func.count(sa.distinct(pairs.c.household_id)),
            sa.cast(sa.func.coalesce(sa.func.sum(pairs.c.fen), 0), sa.BigInteger),
            sa.func.count(sa.distinct(sa.case((pairs.c.fen > 0, pairs.c.household_id)))),
        )
    ).one()
    units, households, given, with_money = (int(one) for one in row)
    return PairImpact(units, households, given) if with_money >= FEWEST_HOUSEHOLDS else None
