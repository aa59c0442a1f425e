"""A weighing is settled: what is owed, the books, taxes and what households earn follow the grams.

The first one lowers the debt from the most that was ordered to what was weighed, as a refund that everybody with a part of the
line bears in proportion (`RefundBearer.WEIGHT`). A later one that finds less lowers it once more. One that finds more of anything
takes those refunds back, entry by entry, and settles its own weights against what was ordered; that is possible while the debt is
open and the month of what it takes back is not closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.canteens.cases import per_kilo, weighed_fen
from shop.canteens.errors import MonthOver, RefundedBefore, SettledByNow
from shop.canteens.weight_models import Weighing
from shop.kit.clock import month_of
from shop.ledger.months import last_closed
from shop.ordering.models import OrderLine
from shop.payments.events import OwedMore
from shop.payments.models import NOTHING_BACK, Payment, Refund, RefundBearer
from shop.payments.refunds import payment_to_refund
from shop.payments.weights import RefundedWeight, refund_weight, undo_weights, weight_refunds
from shop.storage.event_log import record


@dataclass(frozen=True, slots=True)
class WeighedLine:
    """A line by weight, as it was ordered. `most_fen`: what stands in the order."""

    line: OrderLine
    expected_g: int
    price_fen: int
    cases: int

    @property
    def ordered_g(self) -> int:
        return self.expected_g * self.line.quantity

    @property
    def most_fen(self) -> int:
        return self.line.line_fen

    @property
    def kilo_fen(self) -> int:
        return per_kilo(self.price_fen, self.expected_g)

    def fen(self, grams: int) -> int:
        """What so much of it costs, and never more than was ordered."""
        return min(weighed_fen(self.price_fen, self.expected_g, grams), self.most_fen)


def settle(
    session: Session,
    order_id: int,
    lines: Sequence[WeighedLine],
    weighing: Weighing,
    settled: Weighing | None,
    *,
    actor_id: int,
    now: datetime,
) -> int | None:
    """What each line costs is written down; the refund of what is owed less, if it is. The order is locked.

    Raises RefundedBefore, SettledByNow, MonthOver, and what a refund raises.
    """
    _refuse_refunded(session, order_id)
    by_line = {one.line.id: one for one in lines}
    for row in weighing.lines:
        row.fen = by_line[row.order_line_id].fen(row.received_g)
    fen = {row.order_line_id: row.fen or 0 for row in weighing.lines}
    before = _before(lines, settled)
    payment = payment_to_refund(session, order_id)
    costs_more = sum(fen.values()) > sum(before.values())
    if _raises(fen, before):
        _take_back(session, payment, actor_id, now)
        before = _before(lines, None)
    less = [RefundedWeight(one, before[one] - fen[one]) for one in sorted(fen) if fen[one] < before[one]]
    session.flush()
    refund_id = None
    if less:
        refund_id = refund_weight(
            session, payment, less, token=f"weighing:{weighing.id}", actor_id=actor_id, now=now
        )
    if costs_more:
        record(session, OwedMore(order_id, now))
    return refund_id


def refuse_too_late(
    session: Session,
    order_id: int,
    lines: Sequence[WeighedLine],
    fen: Mapping[int, int],
    settled: Weighing | None,
) -> None:
    """Whoever writes such weights hears it, and not only who confirms them. Raises SettledByNow, MonthOver."""
    if settled is not None and _raises(fen, _before(lines, settled)):
        _to_take_back(session, payment_to_refund(session, order_id))


def _before(lines: Sequence[WeighedLine], settled: Weighing | None) -> dict[int, int]:
    """What each line costs without the weighing: what was settled, or what was ordered."""
    before = {one.line.id: one.most_fen for one in lines}
    return before | ({one.order_line_id: one.fen or 0 for one in settled.lines} if settled else {})


def _raises(fen: Mapping[int, int], before: Mapping[int, int]) -> bool:
    return any(fen[line_id] > before[line_id] for line_id in fen)


def _take_back(session: Session, payment: Payment, actor_id: int, now: datetime) -> None:
    undo_weights(session, payment, _to_take_back(session, payment), actor_id=actor_id, now=now)


def _to_take_back(session: Session, payment: Payment) -> Sequence[Refund]:
    """Raises SettledByNow where money came or went already, MonthOver."""
    refunds = weight_refunds(session, payment.order_id)
    if not payment.is_open_debt or not all(one.is_credit for one in refunds):
        raise SettledByNow()
    closed = last_closed(session)
    if closed is not None and any(month_of(one.settled_at or one.created_at) <= closed for one in refunds):
        raise MonthOver()
    return refunds


def _refuse_refunded(session: Session, order_id: int) -> None:
    """What the order costs is moved by its weights alone. Raises RefundedBefore."""
    other = sa.select(Refund.id).where(
        Refund.order_id == order_id,
        Refund.status.not_in(NOTHING_BACK),
        Refund.bearer != RefundBearer.WEIGHT,
    )
    if session.scalar(other.limit(1)) is not None:
        raise RefundedBefore()
