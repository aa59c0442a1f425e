"""Paying an order: choose how, go to the provider, come back, or call it off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa
from flask import flash, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from shop.campaigns.order_ends import welfare_of
from shop.extensions import payment_providers, settings
from shop.fulfilment.before_packing import nothing_is_packed
from shop.kit.clock import utc_now
from shop.kit.errors import ShopError
from shop.ordering.models import Channel, Order, OrderStatus
from shop.ordering.queries import cutoff_of
from shop.ordering.reasons import Reason
from shop.payments.cancelling import CancelOutcome, cancel_order
from shop.payments.errors import (
    AccountNeeded,
    NothingToPay,
    NothingToRefund,
    ProviderUnavailable,
    RefundUnderWay,
    TooLateForMethod,
    TooLateToCancel,
    TooManyAttempts,
)
from shop.payments.models import ON_ACCOUNT
from shop.payments.offering import methods_of_order
from shop.payments.providers.base import Device
from shop.payments.providers.config import STRIPE
from shop.payments.starting import Pages, start_payment
from shop.web.database import read_session
from shop.web.error_pages import error_message
from shop.web.limits import CHECKOUTS, limiter
from shop.web.outside_world import with_providers
from shop.web.storefront import wechat_account
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.on_account import accept_on_account, organisation_of
from shop.web.storefront.order_access import guest_link, order_path, require_order
from shop.web.storefront.own_pay_pages import own_page
from shop.web.storefront.payment_state import PaymentState, last_attempt, payment_state
from shop.web.viewer import current_viewer
from shop.web.visit import current_visit

# Its page is the provider's: inside WeChat's browser the buyer hears first what works there.
_LEAVES_THE_SHOP = frozenset({STRIPE})


@storefront.get("/orders/<number>/pay")
def pay_page(number: str) -> BaseResponse | str:
    order = require_order(number, to_act=True)
    if order.status is not OrderStatus.AWAITING_PAYMENT or order.cancel_requested_at is not None:
        return redirect(order_path(number), 302)
    visit = current_visit()
    attempt = last_attempt(read_session(), order.id)
    is_open = attempt is not None and attempt.is_open
    if is_open and attempt is not None and "other" not in request.args:
        page = own_page(order, attempt, visit, utc_now())
        if page is not None:
            return page
    offered = methods_of_order(read_session(), payment_providers(), order, visit, now=utc_now())
    return render_template(
        "storefront/pay.html",
        order=order,
        attempt=attempt if is_open else None,
        ended=None if is_open else attempt,
        offered=offered,
        cutoff_at=cutoff_of(read_session(), order.id),
        in_wechat=visit.device is Device.WECHAT,
        outside_link=guest_link(number, "pay")
        if order.user_id is None
        else settings().public_url + request.path,
    )


@storefront.post("/orders/<number>/pay")
@limiter.limit(CHECKOUTS)
def pay(number: str) -> BaseResponse:
    order = require_order(number)
    organisation_id = organisation_of(request.form.get("organisation"))
    method = request.form.get("payment_method") or None
    return go_to_pay(order.id, number, method, organisation_id=organisation_id)


@storefront.get("/orders/<number>/paid")
def paid_page(number: str) -> str:
    """Where a provider sends its buyers back to. It asks the provider, and says no more than is known."""
    order = require_order(number)
    state = payment_state(order.id, now=utc_now())
    return render_template(
        "storefront/paid.html",
        order=order,
        state=state,
        states=PaymentState,
        attempt=last_attempt(read_session(), order.id) if state is PaymentState.FAILED else None,
    )


@storefront.post("/orders/<number>/cancel")
@limiter.limit(CHECKOUTS)
def cancel(number: str) -> BaseResponse:
    order = require_order(number)
    if order.channel is Channel.CAMPAIGN and welfare_of(read_session(), order.id) is not None:
        flash(
            gettext(
                "This order is the welfare of members of a campaign: its organiser calls it off on the campaign's page."
            ),
            "warn",
        )
        return redirect(order_path(number), 303)
    return call_off(order)


def call_off(
    order: Order,
    reason: Reason = Reason.CANCELLED_BY_BUYER,
    while_it_may: Callable[[Session, int], bool] = nothing_is_packed,
) -> BaseResponse:
    """Cancel an order whose buyer may see it, with its money back as far as it was paid.

    `while_it_may(session, order_id)` is asked behind its lock.
    """
    number = order.number
    if order.status is OrderStatus.CANCELLED:
        flash(gettext("This order was cancelled before. Nothing more was done."), "info")
        return redirect(order_path(number), 303)
    actor_id = current_viewer().user_id
    wish = partial(
        cancel_order,
        order_id=order.id,
        actor_id=actor_id,
        now=utc_now(),
        reason=reason,
        while_it_may=while_it_may,
    )
    try:
        outcome = with_providers(wish)
    except (TooLateToCancel, NothingToRefund, RefundUnderWay) as error:
        return _back_with(error, order_path(number))
    flash(_said(outcome, order.payment_method), "ok" if outcome is CancelOutcome.CANCELLED else "info")
    return redirect(order_path(number), 303)


def go_to_pay(
    order_id: int,
    number: str,
    method: str | None = None,
    payer: str = "",
    organisation_id: int | None = None,
) -> BaseResponse:
    """Start paying and lead the buyer there: to the provider's page, or to ours with the bank's words.

    Checkout ends with this too, without a method: inside WeChat our page then says first what works there. When the
    provider does not answer, the buyer stays on our page and may try again. `payer` is who WeChat says pays. On the terms
    of `organisation_id`, or of the buyer's only organisation, the order is accepted at once.
    """
    visit, chosen = current_visit(payer), method or _method_of(order_id)
    if chosen == ON_ACCOUNT:
        return accept_on_account(order_id, number, organisation_id)
    if method is None and visit.device is Device.WECHAT and chosen in _LEAVES_THE_SHOP:
        return redirect(order_path(number, "pay"), 303)
    if wechat_account.must_be_asked(chosen, visit):
        return wechat_account.ask(number)
    pages = Pages(
        return_url=settings().public_url + order_path(number, "paid"),
        cancel_url=settings().public_url + order_path(number, "pay"),
    )
    start = partial(start_payment, order_id=order_id, pages=pages, now=utc_now(), method=method, visit=visit)
    try:
        attempt = with_providers(start)
    except (NothingToPay, TooManyAttempts) as error:
        return _back_with(error, order_path(number))
    except (ProviderUnavailable, AccountNeeded, TooLateForMethod) as error:
        return _back_with(error, order_path(number, "pay"))
    answer = redirect(attempt.redirect_url or order_path(number, "pay"), 303)
    # WeChat's page opens its app only for shops that it knows, and it knows them by their origin.
    answer.headers["Referrer-Policy"] = "strict-origin"
    return answer


def _method_of(order_id: int) -> str:
    return read_session().execute(sa.select(Order.payment_method).where(Order.id == order_id)).scalar_one()


def _back_with(error: ShopError, target: str) -> BaseResponse:
    flash(error_message(error), "warn")
    return redirect(target, 303)


def _said(outcome: CancelOutcome, method: str) -> str:
    if outcome is CancelOutcome.REFUNDING and method == ON_ACCOUNT:
        return str(
            gettext("The order is cancelled. Nothing is owed for it any more; what was paid goes back.")
        )
    sentences: dict[CancelOutcome, str] = {
        CancelOutcome.CANCELLED: gettext("The order is cancelled. Nothing was charged."),
        CancelOutcome.REFUNDING: gettext("The order is cancelled, and what you paid goes back in full."),
        CancelOutcome.GIVEN_BACK: gettext("The order is cancelled. What you paid had gone back before."),
        CancelOutcome.WAITING: gettext(
            "We are asking the payment service to stop. The order is cancelled as soon as it answers."
        ),
    }
    return sentences[outcome]
