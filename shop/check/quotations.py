"""Quotations: an order says what the accepted version says, and what was credited is what was missing."""

from __future__ import annotations

import sqlalchemy as sa

from shop.check.rule import or_nothing, rule, total
from shop.ordering.models import Channel, Order, OrderLine, OrderStatus
from shop.payments.models import NOTHING_BACK, Refund, RefundLine
from shop.quotations.models import (
    Quotation,
    QuotationAgreement,
    QuotationLine,
    QuotationState,
    QuotationTier,
    QuotationVersion,
)
from shop.quotations.receipt_models import GoodsReceipt, GoodsReceiptLine, ReceiptState

_lines = (
    sa.select(QuotationLine.version_id, total(QuotationLine.line_fen, "fen"))
    .group_by(QuotationLine.version_id)
    .subquery()
)
_goods = or_nothing(_lines.c.fen)
_version_total = QuotationVersion.goods_fen - QuotationVersion.discount_fen + QuotationVersion.freight_fen
_same_line = sa.and_(
    OrderLine.order_id == QuotationAgreement.order_id,
    OrderLine.variant_id == QuotationLine.variant_id,
    OrderLine.quantity == QuotationLine.quantity,
    OrderLine.unit_price_fen == QuotationLine.unit_price_fen,
)
_tier_in_force = (
    sa.select(sa.func.max(QuotationTier.from_quantity))
    .where(QuotationTier.line_id == QuotationLine.id, QuotationTier.from_quantity <= QuotationLine.quantity)
    .correlate(QuotationLine)
    .scalar_subquery()
)
_missing = GoodsReceiptLine.ordered - GoodsReceiptLine.arrived
# By whatever refund: what was refunded otherwise is not credited a second time.
_refunded = (
    sa.select(RefundLine.order_line_id, total(RefundLine.units, "units"))
    .join(Refund, Refund.id == RefundLine.refund_id)
    .where(Refund.status.not_in(NOTHING_BACK))
    .group_by(RefundLine.order_line_id)
    .subquery()
)
_is_accepted = Quotation.state == QuotationState.ACCEPTED

RULES = (
    rule(
        "quotation: it is accepted exactly where an order came of it",
        sa.select(Quotation.number, Quotation.state)
        .outerjoin(
            QuotationAgreement,
            sa.and_(QuotationAgreement.quotation_id == Quotation.id, QuotationAgreement.ended_at.is_(None)),
        )
        .where(_is_accepted != QuotationAgreement.order_id.is_not(None)),
        "quotation {number}",
        "it is {state}, and an order came of it, or none did",
    ),
    rule(
        "quotation: an order that another one may follow stays called off",
        sa.select(Quotation.number, Order.number.label("order"), Order.status)
        .join(QuotationAgreement, QuotationAgreement.quotation_id == Quotation.id)
        .join(Order, Order.id == QuotationAgreement.order_id)
        .where(QuotationAgreement.ended_at.is_not(None), Order.status != OrderStatus.CANCELLED),
        "quotation {number}",
        "order {order} is {status}",
    ),
    rule(
        "quotation: a version costs what its lines cost",
        sa.select(Quotation.number, QuotationVersion.number.label("version"), _goods.label("lines"))
        .join(QuotationVersion, QuotationVersion.quotation_id == Quotation.id)
        .outerjoin(_lines, _lines.c.version_id == QuotationVersion.id)
        .where(QuotationVersion.goods_fen != _goods),
        "quotation {number}",
        "version {version}: its lines cost {lines} fen",
    ),
    rule(
        "quotation: every line has the price of the tier that its quantity is in",
        sa.select(Quotation.number, QuotationLine.quantity, QuotationLine.unit_price_fen)
        .join(QuotationVersion, QuotationVersion.quotation_id == Quotation.id)
        .join(QuotationLine, QuotationLine.version_id == QuotationVersion.id)
        .outerjoin(
            QuotationTier,
            sa.and_(QuotationTier.line_id == QuotationLine.id, QuotationTier.from_quantity == _tier_in_force),
        )
        .where(or_nothing(QuotationTier.unit_price_fen) != QuotationLine.unit_price_fen),
        "quotation {number}",
        "{quantity} units at {unit_price_fen} fen",
    ),
    rule(
        "quotation: the order costs what the accepted version says, and is its organisation's",
        sa.select(Quotation.number, Order.total_fen, _version_total.label("quoted"))
        .join(QuotationAgreement, QuotationAgreement.quotation_id == Quotation.id)
        .join(QuotationVersion, QuotationVersion.id == QuotationAgreement.version_id)
        .join(Order, Order.id == QuotationAgreement.order_id)
        .where(
            sa.or_(
                Order.total_fen != _version_total,
                Order.freight_fen != QuotationVersion.freight_fen,
                Order.discount_fen != QuotationVersion.discount_fen,
                Order.channel != Channel.QUOTATION,
                Order.organisation_id.is_distinct_from(Quotation.organisation_id),
                QuotationVersion.quotation_id != Quotation.id,
                QuotationVersion.sent_at.is_(None),
            )
        ),
        "quotation {number}",
        "the order costs {total_fen} fen, the version says {quoted}",
    ),
    rule(
        "quotation: every line of the accepted version was ordered as it says",
        sa.select(Quotation.number, QuotationLine.product_name_zh, QuotationLine.quantity)
        .join(QuotationAgreement, QuotationAgreement.quotation_id == Quotation.id)
        .join(QuotationLine, QuotationLine.version_id == QuotationAgreement.version_id)
        .outerjoin(OrderLine, _same_line)
        .where(OrderLine.id.is_(None)),
        "quotation {number}",
        "{product_name_zh} × {quantity} stands in no line of its order",
    ),
    rule(
        "quotation: what was missing was credited, unit by unit",
        sa.select(
            Quotation.number,
            _missing.label("missing"),
            or_nothing(_refunded.c.units).label("refunded"),
        )
        .join(GoodsReceipt, GoodsReceipt.quotation_id == Quotation.id)
        .join(GoodsReceiptLine, GoodsReceiptLine.receipt_id == GoodsReceipt.id)
        .outerjoin(_refunded, _refunded.c.order_line_id == GoodsReceiptLine.order_line_id)
        .where(GoodsReceipt.state == ReceiptState.CREDITED, _missing > or_nothing(_refunded.c.units)),
        "quotation {number}",
        "{missing} units of a line were missing, {refunded} refunded",
    ),
)
