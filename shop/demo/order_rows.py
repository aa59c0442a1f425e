"""The rows of an order: itself, its lines, its allocations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shop.demo.invoices import invoice_wish
from shop.demo.life import Fate, Life, Part
from shop.demo.made import Made, MadeLine, broken_at, is_refunded
from shop.inventory.models import AllocationStatus
from shop.ordering.models import OrderStatus
from shop.ordering.reasons import Reason

REASON = "货不够"


def order_values(made: Made, split_version: int, grams: int) -> dict[str, Any]:
    wish, life, invoice = made.wish, made.life, invoice_wish(made)
    is_confirmed = life.fate in {Fate.FULFILLED, Fate.CALLED_OFF}
    return {
        "id": made.id,
        "number": made.number,
        "checkout_token": f"demo-{made.number}",
        "user_id": wish.buyer.user_id,
        "unit_id": wish.buyer.unit_id,
        "status": life.status(),
        "recipient": wish.buyer.name,
        "phone": wish.buyer.phone,
        **made.place.values(),
        "run_id": wish.trip.run_id if wish.trip else None,
        "pickup_code": made.place.code if wish.trip and is_confirmed else None,
        "payment_method": wish.method,
        "organisation_id": wish.on_account.organisation_id if wish.on_account else None,
        "invoice_kind": invoice.kind,
        "invoice_title": invoice.title,
        "tax_number": invoice.tax_number,
        "goods_fen": made.total_fen - made.freight_fen,
        "freight_fen": made.freight_fen,
        "total_fen": made.total_fen,
        "refunded_fen": made.total_fen if is_refunded(made) else 0,
        "split_version": split_version,
        "gross_weight_g": grams,
        **_moments(life),
        "money_back_at": (broken_at(made) or life.ended) if is_refunded(made) else None,
    }


def _moments(life: Life) -> dict[str, datetime | None]:
    paid = life.fate in {Fate.FULFILLED, Fate.CALLED_OFF}
    goes = life.fate is Fate.FULFILLED
    return {
        "placed_at": life.placed,
        "confirmed_at": life.confirmed if paid else None,
        "shipped_at": life.happened(life.shipped) if goes else None,
        "completed_at": life.happened(life.completed) if goes else None,
        "cancelled_at": life.ended if life.status() is OrderStatus.CANCELLED else None,
    }


def _reason(life: Life, status: AllocationStatus) -> str:
    if status is AllocationStatus.WITHDRAWN:
        return REASON
    if status is AllocationStatus.RELEASED:
        return Reason.UNPAID if life.fate is Fate.UNPAID else Reason.CANCELLED_BY_BUYER
    return ""


def _changed(made: Made, part: Part, status: AllocationStatus) -> datetime:
    life = made.life
    moments = {
        AllocationStatus.HELD: life.placed,
        AllocationStatus.COMMITTED: life.confirmed,
        AllocationStatus.RELEASED: life.ended,
    }
    if status is AllocationStatus.SHIPPED:
        return life.legs[part.place_id].shipped
    if status is AllocationStatus.WITHDRAWN and made.declined and made.declined.declined:
        return made.declined.declined
    return moments.get(status, life.placed)


def line_values(made: Made, line: MadeLine) -> dict[str, Any]:
    goods = line.goods
    return {
        "id": line.id,
        "order_id": made.id,
        "variant_id": goods.id,
        "product_id": goods.product_id,
        "seller_id": goods.seller_id,
        "sku": goods.sku,
        "product_name_zh": goods.product_name_zh,
        "product_name_en": goods.product_name_en,
        "variant_name_zh": goods.name_zh,
        "variant_name_en": goods.name_en,
        "family": goods.family,
        "unit_price_fen": goods.price_fen,
        "quantity": line.quantity,
        "line_fen": line.fen,
        "net_weight_g": goods.net_weight_g,
        "gross_weight_g": goods.gross_weight_g,
        "tax_code": goods.tax_code,
        "tax_rate_bp": goods.tax_rate_bp,
        "tax_exempt": goods.tax_exempt,
        "return_exempt": goods.return_exempt,
        "is_bundle": goods.is_box,
    }


def allocation_values(made: Made, part: Part, status: AllocationStatus) -> dict[str, Any]:
    declined_at = made.declined.declined if made.declined else None
    return {
        "id": part.allocation_id,
        "order_line_id": part.line_id,
        "variant_id": part.variant_id,
        "lot_id": part.lot_id,
        "units": part.units,
        "status": status,
        "household_fen": part.household_fen,
        "reason": _reason(made.life, status),
        "created_at": made.life.placed if declined_at is None or part in made.first else declined_at,
        "changed_at": _changed(made, part, status),
    }
