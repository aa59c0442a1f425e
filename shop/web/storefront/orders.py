"""A buyer's orders: the list, one order, and what can be done with it."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from shop.accounts.contacts import readable_phone
from shop.conversations.words import SIGNATURES, TOPICS
from shop.fulfilment.point_errors import RefundToCome, StillToCollect
from shop.fulfilment.receipt import buyer_states, receive_order
from shop.kit.clock import utc_now
from shop.ordering.approvals.queries import orders_to_approve
from shop.ordering.claim_words import KINDS, RULES
from shop.ordering.models import Order, OrderLine, OrderStatus
from shop.ordering.own_orders import organisations_left
from shop.ordering.queries import orders_of
from shop.ordering.reordering import order_again
from shop.ordering.taking_in import count_guest_orders, take_in_orders
from shop.payments.queries import orders_being_paid
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.filters import bilingual
from shop.web.guards import signed_in
from shop.web.limits import BASKETS, FORMS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.storefront.order_reading import read_order_view
from shop.web.storefront.order_talks import read_talks
from shop.web.storefront.owner import basket_owner, new_guest, remember_guest
from shop.web.storefront.passes import passed_on
from shop.web.storefront.payment_state import unpaid_state
from shop.web.viewer import current_user_id, current_viewer


@storefront.get("/orders")
@signed_in
def orders() -> str:
    session = read_session()
    page = orders_of(session, current_user_id(), page=request.args.get("page", 1, type=int))
    states = buyer_states(session, [(one.id, one.status) for one in page.items])
    unpaid = [one for one in page.items if one.status is OrderStatus.AWAITING_PAYMENT]
    being_paid = orders_being_paid(session, [one.id for one in unpaid])
    states |= {one.id: unpaid_state(one.is_stopping, one.id in being_paid) for one in unpaid}
    held = orders_to_approve(session, [one.id for one in unpaid], now=utc_now())
    states |= {one.id: "awaiting_approval" for one in unpaid if one.id in held and not one.is_stopping}
    viewer = current_viewer()
    proved = viewer.phone if viewer.phone_is_proved else None
    return render_template(
        "storefront/orders.html",
        orders=page,
        states=states,
        page_url=_page_url,
        left=organisations_left(session, current_user_id()),
        as_guest=count_guest_orders(session, proved) if proved else 0,
        phone=readable_phone(proved) if proved else "",
    )


@storefront.post("/orders/take-in")
@signed_in
@limiter.limit(FORMS)
def take_in() -> Response:
    """What was ordered without an account, with the number that this account has proved to be its own."""
    taken = transact(partial(take_in_orders, user_id=current_user_id(), now=utc_now()))
    if taken:
        flash(ngettext("%(num)s order is yours now.", "%(num)s orders are yours now.", taken), "ok")
    return redirect(url_for("storefront.orders"), 303)


def _page_url(page: int) -> str:
    return url_for("storefront.orders", page=page)


@storefront.get("/orders/<number>")
def order(number: str) -> Response | str:
    view = read_order_view(number)
    if "key" in request.args:
        # The key has opened the order to this browser; it need not stay in its history.
        return redirect(order_path(number), 302)
    return render_template(
        "storefront/order.html",
        view=view,
        order=view.order,
        passed=passed_on(view.order) if view.shows_code else None,
        claim_kinds=KINDS,
        claim_rules=RULES,
        talks=read_talks(view.order.id),
        topics=TOPICS,
        signatures=SIGNATURES,
    )


@storefront.get("/orders/<number>/confirm")
def receipt(number: str) -> Response | str:
    view = read_order_view(number)
    if not view.can_confirm:
        return redirect(order_path(number), 302)
    return render_template("storefront/receipt.html", view=view, order=view.order)


@storefront.post("/orders/<number>/confirm")
@limiter.limit(FORMS)
def confirm_receipt(number: str) -> Response:
    order = require_order(number, selectinload(Order.pickup_point))
    actor_id, now = current_viewer().user_id, utc_now()
    point = bilingual(order.pickup_point, "name") if order.pickup_point else ""
    try:
        transact(partial(receive_order, order_id=order.id, now=now, actor_id=actor_id))
    except StillToCollect:
        flash(_("Your bag has not been handed over yet. Show the code at %(point)s.", point=point), "warn")
    except RefundToCome as error:
        flash(error_message(error), "warn")
    else:
        flash(_("Thank you. The households are paid with the next payout."), "ok")
    return redirect(order_path(number), 303)


@storefront.post("/orders/<number>/reorder")
@limiter.limit(BASKETS)
def reorder(number: str) -> Response:
    order_id = require_order(number, to_act=False).id  # into the reader's own basket
    owner, token = basket_owner(), None
    if owner.user_id is None and owner.token_hash is None:
        owner, token = new_guest()
    missing = transact(partial(order_again, owner=owner, order_id=order_id, now=utc_now()))
    if missing:
        names = _("; ").join(_goods_name(line) for line in missing)
        flash(_("Not to be had like this at the moment: %(names)s", names=names), "warn")
    response = redirect(url_for("storefront.cart"), 303)
    if token is not None:
        remember_guest(response, token)
    return response


def _goods_name(line: OrderLine) -> str:
    return f"{bilingual(line, 'product_name')} {bilingual(line, 'variant_name')}"
