"""Checkout on one page: how to receive it, who collects, invoice, payment."""

from __future__ import annotations

from functools import partial

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.ordering.checkout import Placed, place_order
from shop.ordering.errors import EmptyBasket, NotForSale, SoldOut, TermsNotConfirmed, TooManyUnpaid
from shop.ordering.models import DeliveryKind
from shop.ordering.quoting import Quote, quote_basket
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.limits import CHECKOUTS, GUEST_ORDERS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.checkout_facts import CheckoutFacts, fresh_form, offer_choices, read_facts, stamp
from shop.web.storefront.checkout_form import CheckoutForm
from shop.web.storefront.checkout_wish import read_wish
from shop.web.storefront.order_access import open_for_guest
from shop.web.storefront.owner import basket_owner
from shop.web.storefront.payments import go_to_pay
from shop.web.viewer import current_viewer


@storefront.get("/checkout")
def checkout() -> Response | str:
    now = utc_now()
    facts = read_facts(current_viewer(), basket_owner(), now)
    try:
        quote = quote_basket(read_session(), facts.owner, now=now)
    except (EmptyBasket, NotForSale, SoldOut) as refused:
        return _back_to_basket(refused)
    form = fresh_form(facts, quote)
    offer_choices(form, facts)
    return _page(form, facts, quote)


def _is_order(response: FlaskResponse) -> bool:
    """Only an order that was placed counts, not a mistake in the form."""
    return response.status_code == 303 and response.location != url_for("storefront.cart")


@storefront.post("/checkout")
@limiter.limit(CHECKOUTS)
@limiter.limit(GUEST_ORDERS, exempt_when=lambda: current_viewer().user_id is not None, deduct_when=_is_order)
def place() -> Response | tuple[str, int]:
    """One order however often the form is sent. Whatever is wrong is said in the form, with what was typed."""
    facts = read_facts(current_viewer(), basket_owner(), utc_now())
    form = CheckoutForm()
    offer_choices(form, facts)
    if not form.validate() or not form.checkout_token.data:
        return _again(form, facts)
    try:
        placed = _place(form, facts)
    except EmptyBasket as refused:
        return _back_to_basket(refused)
    except (InvalidInput, Conflict) as refused:
        show_errors(form, refused)
        return _again(form, facts, too_many_unpaid=isinstance(refused, TooManyUnpaid))
    if facts.viewer.user_id is None:
        open_for_guest(placed.number)
    return go_to_pay(placed.order_id, placed.number)


def _place(form: CheckoutForm, facts: CheckoutFacts) -> Placed:
    wish = read_wish(form, facts)
    return transact(partial(place_order, wish=wish, now=utc_now()))


def _again(
    form: CheckoutForm, facts: CheckoutFacts, *, too_many_unpaid: bool = False
) -> Response | tuple[str, int]:
    """The form once more, with what was typed and the goods and prices of now."""
    try:
        quote = quote_basket(read_session(), facts.owner, now=utc_now())
    except (EmptyBasket, NotForSale, SoldOut) as refused:
        return _back_to_basket(refused)
    stamp(form, quote)
    if {line.sku for line in quote.exempt_lines} - set(form.return_exempt.data or ()):
        show_errors(form, TermsNotConfirmed(field="return_exempt"))
    return _page(form, facts, quote, too_many_unpaid=too_many_unpaid), 400


def _back_to_basket(refused: ShopError) -> Response:
    if isinstance(refused, EmptyBasket):
        flash(error_message(refused), "info")
    else:
        flash(
            _(
                "Some goods are not to be had like this any more. They stand apart below; nothing was ordered."
            ),
            "bad",
        )
    return redirect(url_for("storefront.cart"), 303)


def _page(form: CheckoutForm, facts: CheckoutFacts, quote: Quote, *, too_many_unpaid: bool = False) -> str:
    by_courier = form.delivery.data == DeliveryKind.COURIER
    address = facts.address(form.address_id.data)
    province = address.province if address else form.province.data or ""
    freight_fen = (quote.freight_to(province) or 0) if by_courier else 0
    form.seen_total.data = str(quote.goods_fen + freight_fen)
    return render_template(
        "storefront/checkout.html",
        form=form,
        facts=facts,
        quote=quote,
        by_courier=by_courier,
        freight_fen=freight_fen,
        parts=quote.parts(freight_fen),
        too_many_unpaid=too_many_unpaid,
    )
