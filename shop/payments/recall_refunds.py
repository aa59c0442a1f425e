"""Goods of a recalled lot that have left: their price goes back, for one order or for all, by the refunds there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation, AllocationStatus, ReturnWish
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.kit.errors import NotFound
from shop.ordering.locking import lock_order
from shop.ordering.models import OrderLine
from shop.payments.errors import NothingToRefund
from shop.payments.goods_back import Goods, Origins, find_origin, origins_of_order
from shop.payments.models import Refund, RefundBearer, RefundStatus
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.refund_limits import LeftToRefund, RefundedUnits, left_to_refund

_TOKEN: Final = "recall"  # noqa: S105  begins the token of each refund of a recall


def refund_recalled(
    session: Session,
    recall_id: int,
    order_id: int,
    *,
    bearer: RefundBearer,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Ask the price of what the order got of a recalled lot back; returns the refund's id. Asks once. Locks the order.

    A gift box with goods of the lot goes back whole. The goods are written off: nobody sells them again.
    Raises NotFound, NothingToRefund when nothing of it left or all is refunded, and what `ask_part_refund` does.
    """
    lock_order(session, order_id)
    recall = session.get(LotRecall, recall_id)
    if recall is None or session.get(RecalledOrder, (recall_id, order_id)) is None:
        raise NotFound()
    known = session.scalar(_asked(recall_id, order_id))
    if known is not None:
        return known
    units = _units(session, recall.lot_id, order_id, now)
    if not units or recall.state is not RecallState.ACTIVE:
        raise NothingToRefund()
    part = PartRefund(bearer=bearer, reason=recall.reason_zh, units=tuple(units))
    token = refund_token(recall_id, order_id)
    return ask_part_refund(session, order_id, part, token=token, actor_id=actor_id, now=now)


def is_refunded(session: Session, recall_id: int, order_id: int) -> bool:
    """Whether it was asked back already, and did not fail."""
    return session.scalar(_asked(recall_id, order_id)) is not None


def _asked(recall_id: int, order_id: int) -> sa.Select[int]:
    return sa.select(Refund.id).where(
        Refund.order_id == order_id,
        Refund.request_token == refund_token(recall_id, order_id),
        Refund.status != RefundStatus.FAILED,
    )


def refund_token(recall_id: int, order_id: int) -> str:
    return f"{_TOKEN}:{recall_id}:{order_id}"


def refunds_of_recall(session: Session, recall_id: int, order_ids: Collection[int]) -> Mapping[int, Refund]:
    """What was asked back for these orders because of the recall. One statement."""
    tokens = [refund_token(recall_id, order_id) for order_id in order_ids]
    rows = session.scalars(
        sa.select(Refund).where(Refund.order_id.in_(order_ids), Refund.request_token.in_(tokens))
    )
    return {refund.order_id: refund for refund in rows}


def orders_to_refund(session: Session, recall_id: int, *, most: int) -> Sequence[int]:
    """Orders that got goods of the lot and for which nothing was asked back yet because of it. One statement."""
    token = sa.literal(f"{_TOKEN}:{recall_id}:") + sa.cast(RecalledOrder.order_id, sa.String)
    asked = sa.select(Refund.id).where(
        Refund.order_id == RecalledOrder.order_id, Refund.request_token == token
    )
    has_left = (
        sa.select(Allocation.id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(LotRecall, LotRecall.lot_id == Allocation.lot_id)
        .where(
            OrderLine.order_id == RecalledOrder.order_id,
            LotRecall.id == RecalledOrder.recall_id,
            Allocation.status == AllocationStatus.SHIPPED,
        )
    )
    statement = sa.select(RecalledOrder.order_id).where(
        RecalledOrder.recall_id == recall_id,
        ~asked.correlate(RecalledOrder).exists(),
        has_left.correlate(RecalledOrder).exists(),
    )
    return session.scalars(statement.order_by(RecalledOrder.order_id).limit(most)).all()


def _units(session: Session, lot_id: int, order_id: int, now: datetime) -> list[RefundedUnits]:
    left, origins = left_to_refund(session, order_id), origins_of_order(session, order_id, now=now)
    rows = session.execute(_shipped(lot_id, order_id)).all()
    found = [_of_line(row, lot_id, left, origins) for row in rows]
    return [one for one in found if one is not None]


def _shipped(lot_id: int, order_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(OrderLine.id, OrderLine.is_bundle, sa.func.sum(Allocation.units).label("units"))
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.lot_id == lot_id,
            Allocation.status == AllocationStatus.SHIPPED,
        )
        .group_by(OrderLine.id, OrderLine.is_bundle)
        .order_by(OrderLine.id)
    )


def _of_line(row: Any, lot_id: int, left: LeftToRefund, origins: Origins) -> RefundedUnits | None:
    """All boxes of a line, where it is one: which of them has what of the lot is written nowhere."""
    line = left.lines.get(row.id)
    units = 0 if line is None else line.units if row.is_bundle else min(int(row.units), line.units)
    if line is None or not units or not line.most_for(units):
        return None
    goods = Goods(ReturnWish.WRITE_OFF, None if row.is_bundle else lot_id)
    origin = find_origin(origins, row.id, goods)
    known = goods if origin is not None and units <= origin.units else None
    return RefundedUnits(row.id, units, line.most_for(units), goods=known)
