"""What stands around a wallet's pages: how the payment is getting on, and the way back from WeChat."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response, flash, jsonify, redirect
from werkzeug.wrappers import Response as BaseResponse

from shop.kit.clock import utc_now
from shop.payments.errors import ProviderUnavailable
from shop.payments.providers.config import WECHAT
from shop.web.error_pages import error_message
from shop.web.limits import CHECKOUTS, QUESTIONS, limiter
from shop.web.outside_world import with_providers
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.storefront.payment_state import PaymentState, payment_state
from shop.web.storefront.payments import go_to_pay
from shop.web.storefront.wechat_account import told_payer

# A page that looks again by itself lets the wallet be asked no more often than this; a notice is quicker anyway.
_PATIENCE: Final = timedelta(seconds=10)


@storefront.get("/orders/<number>/paid/state")
@limiter.limit(QUESTIONS)
def paid_state(number: str) -> Response:
    """How the payment stands, for a page that waits, and where to go when it need not wait any more."""
    order = require_order(number)
    state = payment_state(order.id, now=utc_now(), patience=_PATIENCE)
    return jsonify(waiting=state is PaymentState.WAITING, next=order_path(number, "paid"))


@storefront.get("/orders/<number>/pay/wechat")
@limiter.limit(CHECKOUTS)
def back_from_wechat(number: str) -> BaseResponse:
    """WeChat has said who pays; the buyer's own click goes on here."""
    order_id = require_order(number, to_act=True).id
    try:
        payer = with_providers(lambda *_: told_payer(number))
    except ProviderUnavailable as error:
        flash(error_message(error), "warn")
        return redirect(order_path(number, "pay"), 303)
    if payer is None:
        return redirect(order_path(number, "pay"), 303)
    return go_to_pay(order_id, number, WECHAT, payer=payer)
