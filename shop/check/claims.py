"""Claims are of their order's goods, decided with a rule and an answer, and refunded where they were granted."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import rule
from shop.ordering.claim_models import Claim, ClaimStatus
from shop.ordering.models import Order, OrderLine
from shop.payments.models import ClaimRefund, Refund

_is_open = Claim.status == ClaimStatus.OPEN
_decided = sa.and_(Claim.rule.is_not(None), Claim.decided_at.is_not(None), Claim.answer != "")
_nothing_said = sa.and_(Claim.rule.is_(None), Claim.decided_at.is_(None), Claim.answer == "")

RULES = (
    rule(
        "claim: decided with its rule, its moment and an answer, or not at all",
        sa.select(Claim.id, Claim.status).where(
            sa.or_(sa.and_(_is_open, ~_nothing_said), sa.and_(~_is_open, ~_decided))
        ),
        "claim {id}",
        "is {status}",
    ),
    rule(
        "claim: of goods of its order, and of no more than were bought",
        sa.select(Claim.id, OrderLine.sku, OrderLine.quantity, Claim.units)
        .join(OrderLine, OrderLine.id == Claim.order_line_id)
        .where(
            sa.or_(
                OrderLine.order_id != Claim.order_id,
                Claim.units.is_(None),
                Claim.units > OrderLine.quantity,
            )
        ),
        "claim {id}",
        "{sku}: {quantity} in its order, {units} claimed",
    ),
    rule(
        "claim: its refund is of its order, and it was granted",
        sa.select(Claim.id, Claim.status, Refund.reference)
        .join(ClaimRefund, ClaimRefund.claim_id == Claim.id)
        .join(Refund, Refund.id == ClaimRefund.refund_id)
        .where(
            sa.or_(
                Refund.order_id != Claim.order_id,
                Claim.status.in_((ClaimStatus.OPEN, ClaimStatus.REFUSED)),
            )
        ),
        "claim {id}",
        "is {status}, and refund {reference} rests on it",
    ),
    rule(
        "claim: only about orders that were paid or accepted",
        sa.select(Claim.id, Order.number)
        .join(Order, Order.id == Claim.order_id)
        .where(Order.confirmed_at.is_(None)),
        "claim {id}",
        "order {number} was never confirmed",
    ),
)
