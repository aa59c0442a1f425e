"""Goods of a refund: expected when it is asked for, moved when it has succeeded, forgotten when it failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation, ReturnedUnits, ReturnStatus
from shop.inventory.returns import (
    Said,
    call_off_returns,
    expect_returns,
    settle_returns,
    write_off_restocked,
)
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.ordering.models import Channel, Order, OrderLine
from shop.payments.errors import RefundTooLarge
from shop.payments.events import RefundFailed, RefundSucceeded, RestockWrittenOff
from shop.payments.goods_back import Goods, find_origin, origins_of_order
from shop.payments.models import Refund, RefundLine
from shop.payments.refund_limits import RefundedUnits
from shop.storage.event_log import record

WORDS = {ReturnStatus.RESTOCKED: "goods_restocked", ReturnStatus.WRITTEN_OFF: "goods_written_off"}


def expect_goods(session: Session, refund: Refund, units: Sequence[RefundedUnits], *, now: datetime) -> None:
    """Write down what is said to have come back. The refund's lines are those of `units`, in the same order.

    The caller has locked the order. Raises RefundTooLarge for more units of a lot than left and are not back.
    """
    if not any(one.goods for one in units):
        return
    origins = origins_of_order(session, refund.order_id, now=now)
    for line, one in zip(refund.lines, units, strict=True):
        if one.goods is None:
            continue
        origin = find_origin(origins, one.order_line_id, one.goods)
        if origin is None or one.units > origin.units:
            raise RefundTooLarge()
        expect_returns(session, line.id, origin.take(one.units), one.goods.wish, now=now)


def goods_said_of(session: Session, refund_id: int) -> dict[int, Goods]:
    """By line of a refund, what was said of its goods; lines of which nothing came back are left out."""
    rows = session.execute(
        sa.select(RefundLine.id, ReturnedUnits.wish, Allocation.lot_id, OrderLine.is_bundle)
        .join(ReturnedUnits, ReturnedUnits.refund_line_id == RefundLine.id)
        .join(Allocation, Allocation.id == ReturnedUnits.allocation_id)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(RefundLine.refund_id == refund_id)
    )
    return {line_id: Goods(wish, None if is_box else lot_id) for line_id, wish, lot_id, is_box in rows}


def settle_goods(session: Session, event: RefundSucceeded) -> None:
    """Their price is back with the buyer: they stand in stock again, or are written off. Before the books hear of it."""
    refund = session.get_one(Refund, event.refund_id)
    now = refund.settled_at or refund.created_at
    lines = dict(_lines(session, refund.id))
    rows = settle_returns(session, list(lines), said_of(session, refund), now=now)
    for status, word in WORDS.items():
        ids = {row.refund_line_id for row in rows if row.status is status}
        if ids:
            note(session, refund.order_id, word, now, units=sum(lines[one] for one in ids))


def call_off_goods(session: Session, event: RefundFailed) -> None:
    refund = session.get_one(Refund, event.refund_id)
    ids = [line_id for line_id, _ in _lines(session, refund.id)]
    call_off_returns(session, ids, now=refund.settled_at or refund.created_at)


def write_off_instead(
    session: Session, order_id: int, refund_line_id: int, *, reason: str, actor_id: int | None, now: datetime
) -> None:
    """Goods that a refund put back in stock are not fit for sale after all; once. Locks the order, then lots.

    The households have what they earned again; the shop bears its mistake. Raises NotFound, InvalidInput without a
    reason, or SoldAgain.
    """
    order, why = lock_order(session, order_id), tidy(reason)
    if order.channel is Channel.COUNTER:
        raise Conflict(msg("These goods lie on the point's shelf again: please count them there."))
    of_order = sa.select(RefundLine).join(Refund, Refund.id == RefundLine.refund_id)
    line = session.scalar(of_order.where(RefundLine.id == refund_line_id, Refund.order_id == order.id))
    if line is None:
        raise NotFound()
    if not why:
        raise InvalidInput(msg("Please say why."), field="reason")
    said = Said(actor_id, f"{order.number}: {why}")
    if write_off_restocked(session, [line.id], said, now=now):
        note(session, order.id, WORDS[ReturnStatus.WRITTEN_OFF], now, actor_id, units=line.units, reason=why)
        record(session, RestockWrittenOff(line.id, order.id, now))


def said_of(session: Session, refund: Refund) -> Said:
    number = session.scalars(sa.select(Order.number).where(Order.id == refund.order_id)).one()
    return Said(refund.requested_by_id, f"{number}: {refund.reason}")


def _lines(session: Session, refund_id: int) -> Sequence[tuple[int, int]]:
    statement = sa.select(RefundLine.id, RefundLine.units).where(RefundLine.refund_id == refund_id)
    return [(line_id, units) for line_id, units in session.execute(statement)]
