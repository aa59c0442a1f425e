"""Goods of a refund that has succeeded turn up afterwards: a parcel that was sent back after all its price had gone back.

No money goes to the buyer by this. What is for sale again leaves its sale, as with a refund that said so at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import ReturnedUnits, ReturnStatus, ReturnWish
from shop.inventory.returns import Said, expect_returns, settle_returns
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg, tidy
from shop.ordering.history import note
from shop.ordering.locking import lock_order
from shop.payments.errors import RefundTooLarge
from shop.payments.events import GoodsRestockedLate
from shop.payments.goods_back import Goods, find_origin, origins_of_order
from shop.payments.goods_returning import WORDS
from shop.payments.models import NOTHING_BACK, Refund, RefundBearer, RefundLine, RefundStatus
from shop.payments.refund_limits import left_to_refund
from shop.storage.event_log import record

LONGEST_REASON: Final = 150
Kept = Callable[[Session, int], Collection[int]]  # of an order: allocations that its buyer has for good
CANNOT_BE_SOLD: Final = msg(
    "These units cannot be sold again: their lot is closed or past its best-before date, or they are exempt from return."
)


class RefundNotOver(Conflict):
    code = "refund_not_over"
    default_message = msg(
        "The money has not gone back yet. Please say what became of the goods once it has arrived at the buyer."
    )


@dataclass(frozen=True, slots=True)
class CameBack:
    """So many units of a line, of one lot, and what becomes of them."""

    order_line_id: int
    units: int
    goods: Goods


def goods_came_later(
    session: Session,
    order_id: int,
    came: Sequence[CameBack],
    *,
    reason: str,
    actor_id: int | None,
    now: datetime,
    kept: Kept | None = None,
) -> None:
    """Say of refunded units where they are; each unit once. Locks the order, then lots.

    Raises InvalidInput without a reason or goods, or for what cannot be sold again; RefundNotOver; RefundTooLarge for more
    units than are refunded and not spoken for, or that the buyer has (`kept`, asked behind the lock).
    """
    order, why = lock_order(session, order_id), tidy(reason)[:LONGEST_REASON]
    if not why:
        raise InvalidInput(msg("Please say why."), field="reason")
    if not came:
        raise InvalidInput(msg("Please say of how many units."), field="units")
    refund = _last_refund(session, order_id)
    with_buyer = kept(session, order_id) if kept is not None else ()
    lines = [_say(session, refund, one, with_buyer, now) for one in came]
    said = Said(actor_id, f"{order.number}: {why}")
    rows = settle_returns(session, [line.id for line in lines], said, now=now)
    for status, word in WORDS.items():
        ids = {row.refund_line_id for row in rows if row.status is status}
        if ids:
            units = sum(line.units for line in lines if line.id in ids)
            note(session, order.id, word, now, actor_id, units=units, reason=why)
    back = {row.refund_line_id for row in rows if row.status is ReturnStatus.RESTOCKED}
    if back:
        record(session, GoodsRestockedLate(tuple(sorted(back)), order.id, now))


def _say(
    session: Session, refund: Refund, one: CameBack, with_buyer: Collection[int], now: datetime
) -> RefundLine:
    origins = origins_of_order(session, refund.order_id, now=now, kept=with_buyer)
    origin = find_origin(origins, one.order_line_id, one.goods)
    if origin is None or not 0 < one.units <= origin.units:
        raise RefundTooLarge()
    if one.goods.wish is ReturnWish.RESTOCK and not origin.sellable:
        raise InvalidInput(CANNOT_BE_SOLD, field=f"units-{one.order_line_id}")
    line = _unsaid_line(session, refund.order_id, one) or _line_for(session, refund, one)
    expect_returns(session, line.id, origin.take(one.units), one.goods.wish, now=now)
    return line


def _unsaid_line(session: Session, order_id: int, one: CameBack) -> RefundLine | None:
    """A line of a refund that is for just these units, and of which nobody has said where they are."""
    statement = (
        sa.select(RefundLine)
        .join(Refund, Refund.id == RefundLine.refund_id)
        .where(
            *(Refund.order_id == order_id, Refund.status == RefundStatus.SUCCEEDED),
            *(RefundLine.order_line_id == one.order_line_id, RefundLine.units == one.units),
            RefundLine.allocation_id.is_(None),
            ~sa.exists().where(ReturnedUnits.refund_line_id == RefundLine.id),
        )
        .order_by(RefundLine.id)
    )
    return session.scalars(statement.limit(1)).first()


def _line_for(session: Session, refund: Refund, one: CameBack) -> RefundLine:
    """A refund of everything named no units: now it does. Its amount stays what it was."""
    left = left_to_refund(session, refund.order_id).lines.get(one.order_line_id)
    if left is None or one.units > left.units:
        raise RefundTooLarge()
    line = RefundLine(refund_id=refund.id, order_line_id=one.order_line_id, units=one.units, amount_fen=0)
    session.add(line)
    session.flush()
    return line


def _last_refund(session: Session, order_id: int) -> Refund:
    """The last that succeeded, of an order of which nothing is on its way back any more."""
    statement = sa.select(Refund).where(
        Refund.order_id == order_id,
        Refund.status.not_in(NOTHING_BACK),
        Refund.bearer != RefundBearer.REVERSAL,
    )
    refunds = session.scalars(statement.order_by(Refund.id)).all()
    if not refunds or any(one.status is not RefundStatus.SUCCEEDED for one in refunds):
        raise RefundNotOver()
    return refunds[-1]
