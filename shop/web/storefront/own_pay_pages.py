"""Attempts that are paid on a page of ours: where to transfer, a code to scan, WeChat's sheet."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from flask_babel import gettext

from shop.ordering.models import Order
from shop.ordering.queries import cutoff_of
from shop.payments.providers.base import Device, Visit
from shop.payments.providers.config import BANK_TRANSFER, WECHAT
from shop.web.database import read_session
from shop.web.qr import qr_code
from shop.web.storefront.order_access import order_path
from shop.web.storefront.payment_state import ShownAttempt


def own_page(order: Order, attempt: ShownAttempt, visit: Visit, now: datetime) -> str | None:
    """The page of an open attempt; None when it is paid elsewhere, or not from where the buyer is now."""
    if attempt.provider == BANK_TRANSFER:
        return render_template(
            "storefront/pay_transfer.html",
            order=order,
            attempt=attempt,
            account=attempt.request,
            cutoff_at=cutoff_of(read_session(), order.id),
        )
    left = int((attempt.expires_at - now).total_seconds()) if attempt.expires_at else 0
    if attempt.provider != WECHAT or left <= 0:
        return None
    answer = attempt.request.get("answer") or {}
    facts = {"order": order, "attempt": attempt, "left": left, "path": order_path(order.number)}
    if "code_url" in answer and visit.device is Device.DESKTOP:
        code = qr_code(answer["code_url"], gettext("Code for WeChat Pay"))
        return render_template("storefront/pay_code.html", code=code, **facts)
    if "call" in answer and visit.device is Device.WECHAT:
        return render_template("storefront/pay_sheet.html", call=answer["call"], **facts)
    return None
