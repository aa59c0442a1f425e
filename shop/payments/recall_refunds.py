"""Goods of a recalled lot that have left: their price goes back, for one order or for all, by the refunds there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.inventory.models import Allocation, AllocationStatus, ReturnWish
from shop.inventory.returns import sold_again
from shop.inventory.trace_models import LotRecall, RecalledOrder, RecallState
from shop.kit.errors import NotFound
from shop.ordering.locking import lock_order
from shop.ordering.models import Order, OrderLine
from shop.payments.errors import NothingToRefund
from shop.payments.goods_back import Goods, Origins, find_origin, origins_of_order
from shop.payments.models import NOTHING_BACK, Refund, RefundBearer
from shop.payments.part_refunds import PartRefund, ask_part_refund
from shop.payments.refund_limits import LeftToRefund, RefundedUnits, left_to_refund

_TOKEN: Final = "recall"  # noqa: S105  begins the token of each refund of a recall
_BESIDE: Final = ":beside"  # ends the token of the refund of what was kept back with the recalled goods
_OF_SUPPLIERS: Final = (RefundBearer.HOUSEHOLD, RefundBearer.VILLAGE)

# Of an order and a recalled lot: units by line and their lot that lie in a parcel with goods of that lot.
Beside = Callable[[Session, int, int], Mapping[tuple[int, int], int]]


def refund_recalled(
    session: Session,
    recall_id: int,
    order_id: int,
    *,
    bearer: RefundBearer,
    actor_id: int | None,
    now: datetime,
    beside: Beside | None = None,
    called_back: Beside | None = None,
) -> int:
    """Ask the price of what the order got of a recalled lot back; returns the refund's id. Asks once. Locks the order.

    What is kept back `beside` it goes back by a refund of its own: whose goods were sound bears nothing, so that the
    shop bears where a household or a village bears the recalled ones. A gift box with goods of the lot goes back
    whole, and of it too only who grew the lot bears. The goods are written off: nobody sells them again.
    Where the recall is lifted, only what was `called_back` before goes back: its buyer was promised that.
    Raises NotFound, NothingToRefund when nothing of it left or all is refunded, and what `ask_part_refund` does.
    """
    lock_order(session, order_id)
    recall = session.get(LotRecall, recall_id, populate_existing=True)
    of_order = session.get(RecalledOrder, (recall_id, order_id), populate_existing=True)
    if recall is None or of_order is None:
        raise NotFound()
    lot_id = recall.lot_id
    beside_it: Mapping[tuple[int, int], int] = {}
    if recall.state is RecallState.ACTIVE:
        own = _units(session, lot_id, order_id, now)
        beside_it = beside(session, order_id, lot_id) if beside is not None else {}
    else:
        gone = _gone(session, recall, order_id, called_back)
        lost = {place: units for place, units in gone.items() if place[1] == lot_id}
        own = _only_of(lot_id, _units_beside(session, order_id, lost, now))
        beside_it = {place: units for place, units in gone.items() if place[1] != lot_id}

    def ask(token: str, who: RefundBearer, units: Sequence[RefundedUnits]) -> int | None:
        known = _asked_with(session, order_id, token)
        if known is not None or not units:
            return known
        part = PartRefund(bearer=who, reason=recall.reason_zh, units=tuple(units))
        return ask_part_refund(session, order_id, part, token=token, actor_id=actor_id, now=now)

    token = refund_token(recall_id, order_id)
    recalled = ask(token, bearer, own)
    sound = _units_beside(session, order_id, beside_it, now)  # of what is left after the recalled ones
    others = ask(token + _BESIDE, RefundBearer.SHOP if bearer in _OF_SUPPLIERS else bearer, sound)
    if (asked := recalled or others) is None:
        raise NothingToRefund()
    of_order.refunded_at = of_order.refunded_at or now
    return asked


def _gone(
    session: Session, recall: LotRecall, order_id: int, called_back: Beside | None
) -> Mapping[tuple[int, int], int]:
    if recall.state is not RecallState.LIFTED or called_back is None:
        return {}
    return called_back(session, order_id, recall.lot_id)


def _asked_with(session: Session, order_id: int, token: str) -> int | None:
    return session.scalar(
        sa.select(Refund.id).where(
            Refund.order_id == order_id,
            Refund.request_token == token,
            Refund.status.not_in(NOTHING_BACK),
        )
    )


def is_refunded(session: Session, recall_id: int, order_id: int, *, with_beside: bool) -> bool:
    """Whether all that the recall gives an order back was asked for already, and did not fail."""
    token = refund_token(recall_id, order_id)
    tokens = [token, token + _BESIDE] if with_beside else [token]
    return all(_asked_with(session, order_id, one) is not None for one in tokens)


def refund_token(recall_id: int, order_id: int) -> str:
    return f"{_TOKEN}:{recall_id}:{order_id}"


@dataclass(frozen=True, slots=True)
class RefundsOfRecall:
    """For one order: of the recalled goods, and of what was kept back with them."""

    recalled: Refund | None = None
    beside: Refund | None = None


def refunds_of_recall(
    session: Session, recall_id: int, order_ids: Collection[int]
) -> Mapping[int, RefundsOfRecall]:
    """What was asked back for these orders because of the recall. One statement."""
    tokens = [refund_token(recall_id, order_id) for order_id in order_ids]
    both = [*tokens, *(token + _BESIDE for token in tokens)]
    rows = session.scalars(
        sa.select(Refund).where(Refund.order_id.in_(order_ids), Refund.request_token.in_(both))
    )
    found: dict[int, dict[str, Refund]] = defaultdict(dict)
    for refund in rows:
        part = "beside" if refund.request_token.endswith(_BESIDE) else "recalled"
        found[refund.order_id][part] = refund
    return {order_id: RefundsOfRecall(**refunds) for order_id, refunds in found.items()}


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
            Allocation.units > sold_again(),
        )
    )
    repaid = sa.exists().where(Order.id == RecalledOrder.order_id, Order.money_back_at.is_not(None))
    statement = sa.select(RecalledOrder.order_id).where(
        RecalledOrder.recall_id == recall_id,
        ~repaid,
        ~asked.correlate(RecalledOrder).exists(),
        has_left.correlate(RecalledOrder).exists(),
    )
    return session.scalars(statement.order_by(RecalledOrder.order_id).limit(most)).all()


def _units(session: Session, lot_id: int, order_id: int, now: datetime) -> list[RefundedUnits]:
    left, origins = left_to_refund(session, order_id), origins_of_order(session, order_id, now=now)
    rows = session.execute(_shipped(lot_id, order_id)).all()
    found = [_of_line(row, lot_id, left, origins) for row in rows]
    return _only_of(lot_id, [one for one in found if one is not None])


def _only_of(lot_id: int, units: Sequence[RefundedUnits]) -> list[RefundedUnits]:
    return [replace(one, bearing_lot_id=lot_id) for one in units]


def _units_beside(
    session: Session, order_id: int, kept: Mapping[tuple[int, int], int], now: datetime
) -> list[RefundedUnits]:
    """What is left to refund of them, line by line; never more than is left of the payment."""
    lots: dict[int, dict[int, int]] = defaultdict(dict)
    for (line_id, lot_id), units in kept.items():
        lots[line_id][lot_id] = units
    left, origins = left_to_refund(session, order_id), origins_of_order(session, order_id, now=now)
    boxes = set(
        session.scalars(sa.select(OrderLine.id).where(OrderLine.id.in_(lots), OrderLine.is_bundle.is_(True)))
    )
    found: list[RefundedUnits] = []
    fen = left.fen
    for line_id, of_lots in sorted(lots.items()):
        lot_id = next(iter(of_lots)) if len(of_lots) == 1 else 0
        one = _of_line(_Kept(line_id, line_id in boxes, sum(of_lots.values())), lot_id, left, origins)
        if one is not None and fen > 0:
            found.append(replace(one, amount_fen=min(one.amount_fen, fen)))
            fen -= one.amount_fen
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int  # of the order's line
    is_bundle: bool
    units: int


def _shipped(lot_id: int, order_id: int) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            OrderLine.id, OrderLine.is_bundle, sa.func.sum(Allocation.units - sold_again()).label("units")
        )
        .join(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(
            OrderLine.order_id == order_id,
            Allocation.lot_id == lot_id,
            Allocation.status == AllocationStatus.SHIPPED,
        )
        .group_by(OrderLine.id, OrderLine.is_bundle)
        .having(sa.func.sum(Allocation.units - sold_again()) > 0)
        .order_by(OrderLine.id)
    )


def _of_line(row: Any, lot_id: int, left: LeftToRefund, origins: Origins) -> RefundedUnits | None:
    """All boxes of a line, where it is one: which of them has what of the lot is written nowhere.

    Of several lots (lot 0) it is not said where each of the units is.
    """
    line = left.lines.get(row.id)
    units = 0 if line is None else line.units if row.is_bundle else min(int(row.units), line.units)
    if line is None or not units or not line.most_for(units):
        return None
    goods = Goods(ReturnWish.WRITE_OFF, None if row.is_bundle else lot_id)
    origin = find_origin(origins, row.id, goods)
    known = goods if origin is not None and units <= origin.units else None
    return RefundedUnits(row.id, units, line.most_for(units), goods=known)
