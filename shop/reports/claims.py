"""What buyers claimed, what was decided by which rule, and how long it took."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shop.kit.text import msg
from shop.ordering.claim_models import Claim
from shop.ordering.models import Order, OrderLine
from shop.payments.models import ClaimRefund, Refund, RefundStatus
from shop.reports.definition import Column, Group, Report, Span, Unit, localised
from shop.storage.expressions import whole_hours


def _claims(span: Span, language: str) -> sa.Select[Any]:
    """By the day on which the buyer told of it, with what went back because of it."""
    start, end = span.moments
    refunded = (
        sa.select(sa.func.coalesce(sa.func.sum(Refund.amount_fen), 0))
        .join(ClaimRefund, ClaimRefund.refund_id == Refund.id)
        .where(ClaimRefund.claim_id == Claim.id, Refund.status == RefundStatus.SUCCEEDED)
        .correlate(Claim)
        .scalar_subquery()
    )
    goods = localised(language, OrderLine.product_name_zh, OrderLine.product_name_en)
    return (
        sa.select(
            *(Order.number, Claim.opened_at, sa.func.coalesce(goods, ""), Claim.units),
            *(Claim.kind, Claim.status, Claim.rule, Claim.decided_at),
            whole_hours(Claim.opened_at, Claim.decided_at),
            refunded,
        )
        .join(Order, Order.id == Claim.order_id)
        .outerjoin(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(Claim.opened_at >= start, Claim.opened_at < end)
        .order_by(Claim.opened_at, Claim.id)
    )


CLAIMS = Report(
    "claims",
    msg("Claims and decisions"),
    (
        Column("order", msg("Order number"), Unit.ORDER),
        Column("opened_at", msg("Told on"), Unit.MOMENT),
        Column("goods", msg("Goods")),
        Column("units", msg("Units"), Unit.COUNT),
        Column("kind", msg("What is wrong"), Unit.CLAIM),
        Column("status", msg("Decision"), Unit.CLAIM),
        Column("rule", msg("Rule"), Unit.CLAIM),
        Column("decided_at", msg("Decided on"), Unit.MOMENT),
        Column("hours", msg("Hours to decide"), Unit.COUNT),
        Column("refunded_fen", msg("Refunded"), Unit.FEN, total=True),
    ),
    _claims,
    Group.ORDERS,
)
