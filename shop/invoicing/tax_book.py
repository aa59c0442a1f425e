"""What each order sold at which rate, and what of it went back: written once with the event, as it was taxed then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shop.invoicing.models import TaxEntry
from shop.invoicing.tax_parts import Taxed, TaxKey, refund_parts, sale_parts
from shop.ordering.events import OrderConfirmed
from shop.ordering.models import Order, OrderLine
from shop.payments.events import RefundSucceeded, RefundUndone
from shop.payments.models import Payment, Refund, RefundLine, RefundWeight
from shop.payments.on_the_way import is_on_its_way

_KEY = (TaxEntry.seller_id, TaxEntry.tax_rate_bp, TaxEntry.tax_exempt)
_LINE_KEY = (OrderLine.seller_id, OrderLine.tax_rate_bp, OrderLine.tax_exempt)


def keep_tax_of_sale(session: Session, event: OrderConfirmed) -> None:
    """Kept before: nothing."""
    known = sa.select(TaxEntry.id).where(TaxEntry.order_id == event.order_id, TaxEntry.refund_id.is_(None))
    if session.scalar(known.limit(1)) is not None:
        return
    order = session.get_one(Order, event.order_id)
    lines = session.execute(
        sa.select(*_LINE_KEY, (OrderLine.line_fen - OrderLine.discount_fen).label("paid_fen")).where(
            OrderLine.order_id == order.id
        )
    )
    parts = sale_parts(
        [(_key(row), row.paid_fen) for row in lines], order.freight_fen - order.freight_off_fen
    )
    _write(session, order.id, None, parts, order.confirmed_at or order.placed_at)


def keep_tax_of_refund(session: Session, event: RefundSucceeded) -> None:
    """Kept before: nothing."""
    known = sa.select(TaxEntry.id).where(TaxEntry.refund_id == event.refund_id)
    if session.scalar(known.limit(1)) is not None:
        return
    refund = session.get_one(Refund, event.refund_id)
    standing = standing_by_order(session, [refund.order_id]).get(refund.order_id, {})
    lines = _refunded_lines(session, [refund.id])[refund.id]
    rest_fen = refund.freight_fen + refund.free_fen - _weighed(session, refund.id)
    parts = refund_parts(standing, lines, rest_fen)
    back = {key: -fen for key, fen in parts.items()}
    _write(session, refund.order_id, refund.id, back, refund.settled_at or refund.created_at)


def keep_tax_of_undone(session: Session, event: RefundUndone) -> None:
    """What the refund took off each rate stands again. Kept before: nothing."""
    rows = session.execute(
        sa.select(*_KEY, TaxEntry.amount_fen, TaxEntry.undone).where(TaxEntry.refund_id == event.refund_id)
    ).all()
    if any(row.undone for row in rows):
        return
    parts = {_key(row): -row.amount_fen for row in rows}
    _write(session, event.order_id, event.refund_id, parts, event.at, undone=True)


def standing_by_order(session: Session, order_ids: Collection[int]) -> dict[int, Taxed]:
    """What was sold and did not go back, by order and key. One statement."""
    rows = session.execute(
        sa.select(
            TaxEntry.order_id, *_KEY, sa.cast(sa.func.sum(TaxEntry.amount_fen), sa.BigInteger).label("fen")
        )
        .where(TaxEntry.order_id.in_(order_ids))
        .group_by(TaxEntry.order_id, *_KEY)
    )
    standing: dict[int, Taxed] = defaultdict(dict)
    for row in rows:
        standing[row.order_id][_key(row)] = row.fen
    return dict(standing)


def standing_after_refunds(session: Session, order_ids: Collection[int]) -> dict[int, Taxed]:
    """The same, less what is on its way back already. Two statements, or three."""
    standing = standing_by_order(session, order_ids)
    waiting = session.execute(
        sa.select(
            *(Refund.id, Refund.order_id),
            (Refund.freight_fen + Refund.free_fen - _of_weights()).label("rest"),
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.order_id.in_(order_ids),
            is_on_its_way(),
        )
        .order_by(Refund.id)
    ).all()
    lines = _refunded_lines(session, [row.id for row in waiting]) if waiting else {}
    for refund_id, order_id, rest_fen in waiting:
        left = standing.get(order_id, {})
        for key, fen in refund_parts(left, lines[refund_id], rest_fen).items():
            left[key] -= fen
    return standing


def _refunded_lines(session: Session, refund_ids: Collection[int]) -> dict[int, list[tuple[TaxKey, int]]]:
    rows = session.execute(
        sa.select(RefundLine.refund_id, *_LINE_KEY, RefundLine.amount_fen)
        .join(OrderLine, OrderLine.id == RefundLine.order_line_id)
        .where(RefundLine.refund_id.in_(refund_ids))
        .order_by(RefundLine.id)
    ).all()
    weights = session.execute(
        sa.select(RefundWeight.refund_id, *_LINE_KEY, RefundWeight.amount_fen)
        .join(OrderLine, OrderLine.id == RefundWeight.order_line_id)
        .where(RefundWeight.refund_id.in_(refund_ids))
        .order_by(RefundWeight.refund_id, RefundWeight.order_line_id)
    )
    lines: dict[int, list[tuple[TaxKey, int]]] = defaultdict(list)
    for row in (*rows, *weights):
        lines[row.refund_id].append((_key(row), row.amount_fen))
    return lines


def _of_weights() -> sa.ScalarSelect[int]:
    fen = sa.select(sa.cast(sa.func.coalesce(sa.func.sum(RefundWeight.amount_fen), 0), sa.BigInteger))
    return fen.where(RefundWeight.refund_id == Refund.id).correlate(Refund).scalar_subquery()


def _weighed(session: Session, refund_id: int) -> int:
    """What of its free amount is of lines, since these follow their weight."""
    fen = sa.select(sa.func.coalesce(sa.func.sum(RefundWeight.amount_fen), 0))
    return int(session.scalar(fen.where(RefundWeight.refund_id == refund_id)) or 0)


def _key(row: Any) -> TaxKey:
    return TaxKey(row.seller_id, row.tax_rate_bp, bool(row.tax_exempt))


def _write(
    session: Session,
    order_id: int,
    refund_id: int | None,
    parts: Taxed,
    at: datetime,
    *,
    undone: bool = False,
) -> None:
    of = {"order_id": order_id, "refund_id": refund_id, "undone": undone, "at": at}
    rows = [{**of, "amount_fen": fen, **key._asdict()} for key, fen in parts.items() if fen]
    if rows:
        session.execute(sa.insert(TaxEntry), rows)
