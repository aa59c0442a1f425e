"""Goods that a buyer's acceptance found missing: their price goes back, or is owed no more."""

from __future__ import annotations

from sqlalchemy.orm import Session

from shop.kit.errors import InvalidInput
from shop.kit.text import msg
from shop.ordering.events import UnitsNotReceived
from shop.payments.models import RefundBearer
from shop.payments.part_refunds import BEARERS, PartRefund, ask_part_refund
from shop.payments.refund_limits import RefundedUnits, left_to_refund


def refund_units_not_received(session: Session, event: UnitsNotReceived) -> None:
    """One part refund for all that is missing, at what was paid for it; an invoice follows it as it follows any refund.

    Raises what `ask_part_refund` raises, and InvalidInput for somebody who bears no refunds.
    """
    if event.bearer not in {one.value for one in BEARERS}:
        raise InvalidInput(msg("Please choose one from the list."), field="bearer")
    left = left_to_refund(session, event.order_id)
    units = tuple(
        RefundedUnits(line_id, count, left.lines[line_id].most_for(count))
        for line_id, count in event.units
        if line_id in left.lines
    )
    ask_part_refund(
        session,
        event.order_id,
        PartRefund(RefundBearer(event.bearer), event.reason, units),
        token=event.token,
        actor_id=event.actor_id,
        now=event.at,
    )
