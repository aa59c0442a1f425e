"""What is accepted of a canteen's order: lines by weight and lines by the piece, less what of them was refunded otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.cases import per_kilo, weighed_fen
from shop.canteens.models import CanteenLine
from shop.ordering.models import OrderLine
from shop.payments.models import NOTHING_BACK, Refund, RefundBearer, RefundLine


@dataclass(frozen=True, slots=True)
class Gone:
    """Of one line, by refunds that no weight gave: units that are not accepted any more, and their price in fen."""

    units: int = 0
    fen: int = 0


@dataclass(frozen=True, slots=True)
class WeighedLine:
    """A line by weight, as it was ordered, and what of it was refunded otherwise. Those units are not weighed."""

    line: OrderLine
    expected_g: int
    price_fen: int
    cases: int
    gone: Gone = Gone()

    @property
    def ordered_g(self) -> int:
        """What is expected of the units that are not refunded."""
        return self.expected_g * max(self.line.quantity - self.gone.units, 0)

    @property
    def most_fen(self) -> int:
        """What stands in the order, less what went back of it otherwise."""
        return max(self.line.line_fen - self.gone.fen, 0)

    @property
    def kilo_fen(self) -> int:
        return per_kilo(self.price_fen, self.expected_g)

    def fen(self, grams: int) -> int:
        """What so much of it costs, and never more than was ordered and stands."""
        return min(weighed_fen(self.price_fen, self.expected_g, grams), self.most_fen)


@dataclass(frozen=True, slots=True)
class CountedLine:
    """A line by the piece."""

    line: OrderLine
    cases: int
    gone: Gone = Gone()

    def missing(self, arrived: int) -> int:
        """Units that did not arrive and are not refunded already."""
        return max(self.line.quantity - self.gone.units - arrived, 0)


def lines_by_weight(session: Session, order_id: int) -> Sequence[WeighedLine]:
    """Two statements."""
    gone = _gone(session, order_id)
    return [
        WeighedLine(line, expected, fen or 0, cases, gone.get(line.id, Gone()))
        for line, expected, fen, cases in _lines(session, order_id)
        if expected is not None
    ]


def lines_by_count(session: Session, order_id: int) -> Sequence[CountedLine]:
    """Two statements."""
    gone = _gone(session, order_id)
    return [
        CountedLine(line, cases, gone.get(line.id, Gone()))
        for line, expected, _fen, cases in _lines(session, order_id)
        if expected is None
    ]


def refunded_for_nothing_named(session: Session, order_id: int) -> int:
    """In fen: amounts that were refunded neither for units nor for freight, nor by a weight. Only people know what they were
    for, so where there are any, the shop's team settles the weights.
    """
    fen = sa.select(sa.cast(sa.func.coalesce(sa.func.sum(Refund.free_fen), 0), sa.BigInteger)).where(
        Refund.order_id == order_id,
        Refund.status.not_in(NOTHING_BACK),
        Refund.bearer != RefundBearer.WEIGHT,
    )
    return int(session.scalar(fen) or 0)


def _lines(session: Session, order_id: int) -> Sequence[Any]:
    return session.execute(
        sa.select(OrderLine, CanteenLine.expected_g, CanteenLine.weighed_price_fen, CanteenLine.cases)
        .join(CanteenLine, CanteenLine.order_line_id == OrderLine.id)
        .where(CanteenLine.order_id == order_id)
        .order_by(OrderLine.id)
    ).all()


def _gone(session: Session, order_id: int) -> Mapping[int, Gone]:
    rows = session.execute(
        sa.select(RefundLine.order_line_id, sa.func.sum(RefundLine.units), sa.func.sum(RefundLine.amount_fen))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(Refund.order_id == order_id, Refund.status.not_in(NOTHING_BACK))
        .group_by(RefundLine.order_line_id)
    )
    return {line_id: Gone(int(units), int(fen)) for line_id, units, fen in rows}
