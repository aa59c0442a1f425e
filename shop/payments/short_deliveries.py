"""Goods that a buyer's acceptance found missing: their price goes back, or is owed no more, and never twice."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.events import UnitsNotReceived
from shop.ordering.locking import lock_order
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import BEARERS, PartRefund, ask_part_refund
from shop.payments.refund_limits import RefundedUnits, left_to_refund


def refund_units_not_received(session: Session, event: UnitsNotReceived) -> None:
    """One part refund for all that is missing, at what was paid for it; an invoice follows it as it follows any refund.

    Units that were refunded otherwise, closed out or are being refunded are not given a second time; where that is all of
    them, nothing is refunded. Locks the order, so that a refund that comes at the same moment is counted.
    Raises what `ask_part_refund` raises, and InvalidInput for somebody who bears no refunds.
    """
    if event.bearer not in {one.value for one in BEARERS}:
        raise InvalidInput(msg("Please choose one from the list."), field="bearer")
    lock_order(session, event.order_id)
    left = left_to_refund(session, event.order_id)
    units = tuple(
        RefundedUnits(line_id, rest, line.most_for(rest))
        for line_id, count in event.units
        if (line := left.lines.get(line_id)) is not None and (rest := count - line.back) > 0
    )
    if not units:
        return
    ask_part_refund(
        session,
        event.order_id,
        PartRefund(RefundBearer(event.bearer), event.reason, units),
        token=event.token,
        actor_id=event.actor_id,
        now=event.at,
    )


def units_refunded(session: Session, order_id: int) -> dict[int, int]:
    """By order line, of which there are any: units whose price went back, or is on its way. Four statements."""
    lines = left_to_refund(session, order_id).lines
    return {line_id: line.back for line_id, line in lines.items() if line.back}
