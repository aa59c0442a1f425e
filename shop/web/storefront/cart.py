"""The basket: looking at it, putting in, changing, taking out."""

from __future__ import annotations

from functools import partial

from flask import Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.ordering import basket
from shop.ordering.errors import BadQuantity
from shop.ordering.showing import show_basket
from shop.payments.queries import orders_to_pay
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, wants_json
from shop.web.limits import BASKETS, limiter
from shop.web.protection import without_token
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import opened_orders
from shop.web.storefront.owner import basket_owner, new_guest, remember_guest
from shop.web.storefront.truck import all_journeys, next_truck
from shop.web.viewer import current_viewer

_REASON = "its forms stand on public pages, which are the same for everybody"


@storefront.get("/cart")
def cart() -> str:
    return cart_page()


@storefront.post("/cart/items")
@limiter.limit(BASKETS)
@without_token(_REASON)
def add_to_cart() -> Response | tuple[str, int]:
    owner, token = basket_owner(), None
    if owner.user_id is None and owner.token_hash is None:
        owner, token = new_guest()
    try:
        quantity = _typed_quantity(least=1)
        sku = request.form.get("sku", "")[:40]
        buys_now = bool(request.form.get("buy_now")) and not wants_json()
        put = partial(basket.add_item, owner=owner, sku=sku, quantity=quantity, instead=buys_now)
        transact(partial(put, now=utc_now()))
    except InvalidInput as error:
        return _refused(error, request.form.get("sku", ""))
    response = _added(owner)
    if token is not None:
        remember_guest(response, token)
    return response


@storefront.post("/cart/items/<sku>")
@limiter.limit(BASKETS)
@without_token(_REASON)
def change_cart(sku: str) -> Response | tuple[str, int]:
    owner = basket_owner()
    try:
        quantity = _typed_quantity(least=0)
        transact(partial(basket.set_quantity, owner=owner, sku=sku, quantity=quantity, now=utc_now()))
    except InvalidInput as error:
        return _refused(error, sku)
    if wants_json():
        return jsonify(basket_count=basket.basket_count(read_session(), owner))
    return make_response(redirect(url_for("storefront.cart"), 303))


def _added(owner: basket.BasketOwner) -> Response:
    if wants_json():
        count = basket.basket_count(read_session(), owner)
        way = {"href": url_for("storefront.cart"), "label": _("See the basket")}
        return jsonify(basket_count=count, message=_("In your basket"), way=way)
    if request.form.get("buy_now"):
        return make_response(
            redirect(url_for("storefront.checkout", now=request.form.get("sku", "")[:40]), 303)
        )
    flash(_("In your basket"), "ok")
    return make_response(redirect(url_for("storefront.cart"), 303))


def _typed_quantity(*, least: int) -> int:
    """Exactly one quantity, whatever else was sent. Raises BadQuantity."""
    given = request.form.getlist("quantity")
    if len(given) != 1:
        raise BadQuantity(field="quantity", most=basket.MOST_UNITS)
    return basket.parse_quantity(given[0], least=least)


def _refused(error: InvalidInput, sku: str) -> tuple[str, int]:
    """The basket with what was typed and what is wrong with it; programs get the problem itself."""
    if wants_json():
        raise error
    typed = {
        "sku": sku[:40],
        "quantity": request.form.get("quantity", "")[:20],
        "error": error_message(error),
    }
    return cart_page(typed), 400


def cart_page(typed: dict[str, str] | None = None, code: dict[str, str] | None = None) -> str:
    """`typed` is a quantity with what is wrong with it, `code` the code of a coupon."""
    session, owner, truck = read_session(), basket_owner(), next_truck()
    shown = show_basket(session, owner, all_journeys(), now=utc_now())
    return render_template(
        "storefront/cart.html",
        basket=shown,
        to_pay=orders_to_pay(session, user_id=owner.user_id, numbers=opened_orders()),
        typed=typed or {},
        signed_in_buyer=owner.user_id is not None,
        buys_for_one=bool(current_viewer().organisation_ids),
        code=code or {},
        can_use_coupons=owner.user_id is not None,
        email_waits=current_viewer().email_waits,
        truck=truck,
        in_time=truck is not None and (shown is None or truck.waits_for(shown.harvested_last)),
    )
