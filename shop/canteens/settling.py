"""A weighing is settled: what is owed, the books, taxes and what households earn follow the grams.

The first one lowers the debt from what stands of the lines to what was weighed, as a refund that everybody with a part of the
line bears in proportion (`RefundBearer.WEIGHT`). Units that were refunded otherwise are neither weighed nor owed. A later one
that finds less lowers it once more. One that finds more of anything takes those refunds back, entry by entry, and settles its
own weights against what stands without them; that is possible while the debt is open and the month of what it takes back is
not closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from shop.canteens.arriving import WeighedLine, refunded_for_nothing_named
from shop.canteens.errors import MonthOver, RefundedBefore, SettledByNow
from shop.canteens.weight_models import Weighing
from shop.kit.clock import month_of
from shop.ledger.months import last_closed
from shop.payments.events import OwedMore
from shop.payments.models import Payment, Refund
from shop.payments.refunds import payment_to_refund, weights_of
from shop.payments.weights import RefundedWeight, refund_weight, undo_weights, weight_refunds
from shop.storage.event_log import record

NOTHING_NAMED: Final[Mapping[int, int]] = MappingProxyType({})


def settle(
    session: Session,
    order_id: int,
    lines: Sequence[WeighedLine],
    weighing: Weighing,
    *,
    actor_id: int,
    now: datetime,
    named: Mapping[int, int] | None = None,
) -> int | None:
    """What each line costs is written down; the refund of what is owed less, if it is. The order is locked.

    `named`: where amounts were refunded that nothing says of what, so much of them in fen was for this line; only the
    shop's team knows. Raises RefundedBefore without it, SettledByNow, MonthOver, and what a refund raises.
    """
    if named is None and refunded_for_nothing_named(session, order_id):
        raise RefundedBefore()
    rows = {row.order_line_id: row for row in weighing.lines if row.received_g is not None}
    stands, fen = {}, {}
    for one in lines:
        of_line, row = (named or NOTHING_NAMED).get(one.line.id, 0), rows[one.line.id]
        stands[one.line.id] = max(one.most_fen - of_line, 0)
        row.refunded, row.refunded_fen = one.gone.units, one.line.line_fen - stands[one.line.id]
        row.fen = fen[one.line.id] = min(one.fen(row.received_g or 0), stands[one.line.id])
    payment = payment_to_refund(session, order_id)
    before = _less_weights(session, order_id, stands)
    costs_more = sum(fen.values()) > sum(before.values())
    if _raises(fen, before):
        undo_weights(session, payment, _to_take_back(session, payment), actor_id=actor_id, now=now)
        before = stands
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
    session: Session, order_id: int, lines: Sequence[WeighedLine], fen: Mapping[int, int]
) -> None:
    """Whoever writes such weights hears it, and not only who confirms them. Raises SettledByNow, MonthOver."""
    if _raises(fen, _less_weights(session, order_id, {one.line.id: one.most_fen for one in lines})):
        _to_take_back(session, payment_to_refund(session, order_id))


def _less_weights(session: Session, order_id: int, stands: Mapping[int, int]) -> dict[int, int]:
    """What each line costs without the weighing: what stands of it, less what weights before took off."""
    taken = dict.fromkeys(stands, 0)
    refunds = [one.id for one in weight_refunds(session, order_id)]
    for of_refund in weights_of(session, refunds).values():
        for line_id, fen in of_refund.items():
            taken[line_id] = taken.get(line_id, 0) + fen
    return {line_id: fen - taken[line_id] for line_id, fen in stands.items()}


def _raises(fen: Mapping[int, int], before: Mapping[int, int]) -> bool:
    return any(fen[line_id] > before[line_id] for line_id in fen)


def _to_take_back(session: Session, payment: Payment) -> Sequence[Refund]:
    """Raises SettledByNow where money came or went already, MonthOver."""
    refunds = weight_refunds(session, payment.order_id)
    if not payment.is_open_debt or not all(one.is_credit for one in refunds):
        raise SettledByNow()
    closed = last_closed(session)
    if closed is not None and any(month_of(one.settled_at or one.created_at) <= closed for one in refunds):
        raise MonthOver()
    return refunds
