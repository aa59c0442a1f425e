"""Writing down an order: everything it says is copied, so that it never follows the catalogue afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shop.ordering.coupons.judging import NO_COUPONS
from shop.ordering.lines import Line
from shop.ordering.models import Order, OrderEvent
from shop.ordering.numbers import new_number
from shop.ordering.planning import Plan
from shop.ordering.taken_off import TakenOff
from shop.ordering.wish import Courier, Pickup, Wish


def compose_order(
    wish: Wish,
    lines: Sequence[Line],
    *,
    freight_fen: int,
    split_version: int,
    coupons: TakenOff = NO_COUPONS,
    now: datetime,
) -> Order:
    goods_fen = sum(line.line_fen for line in lines)
    order = Order(
        number=new_number(now),
        checkout_token=wish.token,
        user_id=wish.user_id,
        unit_id=wish.unit_id,
        organisation_id=wish.organisation_id,
        counts_for_unit=wish.counts_for_unit and wish.unit_id is not None,
        language=wish.language,
        recipient=wish.recipient.name,
        phone=wish.recipient.phone,
        email=wish.recipient.email,
        note=wish.note,
        delivery=wish.kind,
        payment_method=wish.payment_method,
        invoice_kind=wish.invoice.kind,
        invoice_title=wish.invoice.title,
        tax_number=wish.invoice.tax_number,
        goods_fen=goods_fen,
        freight_fen=freight_fen,
        discount_fen=coupons.goods_off_fen,
        freight_off_fen=coupons.freight_off_fen(freight_fen),
        total_fen=coupons.to_pay_fen(goods_fen, freight_fen),
        split_version=split_version,
        gross_weight_g=sum(line.weight_g for line in lines),
        placed_at=now,
        events=[OrderEvent(at=now, kind="placed", actor_id=wish.user_id, facts={})],
    )
    _set_destination(order, wish.delivery)
    return order


def _set_destination(order: Order, delivery: Pickup | Courier) -> None:
    if isinstance(delivery, Pickup):
        order.pickup_point_id, order.run_id = delivery.point_id, delivery.run_id
        return
    order.province, order.city = delivery.province, delivery.city
    order.district, order.street = delivery.district, delivery.street


def preorder_values(line: Line, plan: Plan, wish: Wish) -> dict[str, Any]:
    """What of a line is to be harvested yet, and what was agreed about it."""
    day = plan.expected_on(line.number)
    return {
        "expected_on": day,
        "expected_units": plan.expected_units(line.number),
        "preorder_terms": wish.preorder_terms if day is not None else "",
    }


def line_values(order_id: int, line: Line, coupons: TakenOff = NO_COUPONS) -> dict[str, Any]:
    """The columns of an order line."""
    return {
        "order_id": order_id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "seller_id": line.seller_id,
        "sku": line.sku,
        "product_name_zh": line.product_name_zh,
        "product_name_en": line.product_name_en,
        "variant_name_zh": line.variant_name_zh,
        "variant_name_en": line.variant_name_en,
        "family": line.family,
        "unit_price_fen": line.unit_price_fen,
        "former_price_fen": line.former_fen,
        "price_until": line.price_until,
        "quantity": line.quantity,
        "line_fen": line.line_fen,
        "discount_fen": coupons.by_line.get(line.number, 0),
        "net_weight_g": line.net_weight_g,
        "gross_weight_g": line.gross_weight_g,
        "tax_code": line.tax_code,
        "tax_rate_bp": line.tax_rate_bp,
        "tax_exempt": line.tax_exempt,
        "return_exempt": line.return_exempt,
        "is_bundle": line.is_bundle,
    }
