"""Checkout on one page: how to receive it, who collects, invoice, payment."""

from __future__ import annotations

from functools import partial

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.consents import owes_first_agreement
from shop.accounts.counting_consent import answer_counting
from shop.accounts.errors import TooManyAttempts
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.kit.text import tidy
from shop.ordering.basket import parse_quantity, set_quantity
from shop.ordering.checkout import place_order
from shop.ordering.errors import EmptyBasket, NotForSale, SoldOut, TermsNotConfirmed, TooManyUnpaid
from shop.ordering.models import DeliveryKind
from shop.ordering.placing import Placed
from shop.ordering.quoting import Quote, quote_basket
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.form_errors import show_errors
from shop.web.limits import CHECKOUTS, GUEST_ORDERS, limiter
from shop.web.preorder_words import preorder_terms
from shop.web.protection import shown_again_by
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.checkout_facts import (
    CheckoutFacts,
    fresh_form,
    offer_choices,
    offer_provinces,
    read_facts,
    stamp,
)
from shop.web.storefront.checkout_form import CheckoutForm
from shop.web.storefront.checkout_ways import choose_way_again
from shop.web.storefront.checkout_wish import read_wish
from shop.web.storefront.coupons import say_taken, take_out, use_code
from shop.web.storefront.on_account import check_terms, organisation_of
from shop.web.storefront.order_access import open_for_guest
from shop.web.storefront.owner import basket_owner
from shop.web.storefront.payments import go_to_pay
from shop.web.storefront.truck import rests_ahead
from shop.web.viewer import current_viewer


@storefront.get("/checkout")
def checkout() -> Response | str:
    now, user_id = utc_now(), current_viewer().user_id
    if user_id is not None and owes_first_agreement(read_session(), user_id):
        flash(_("Please read our texts and agree to them before you order."), "info")
        return redirect(url_for("account.consent", next=url_for("storefront.checkout")), 302)
    facts = read_facts(current_viewer(), basket_owner(), now)
    try:
        quote = _quote(facts)
    except EmptyBasket as refused:
        flash(error_message(refused), "info")
        return _to_basket()
    if quote.short:
        flash(
            _(
                "Some goods are not to be had like this any more. They stand apart below; nothing was ordered."
            ),
            "bad",
        )
        return _to_basket()
    form = fresh_form(facts, quote)
    form.bought_now.data = request.args.get("now", "")[:40]
    offer_choices(form, facts)
    return _page(form, facts, quote)


def _is_order(response: FlaskResponse) -> bool:
    """Only an order that was placed counts, not a mistake in the form."""
    return response.status_code == 303 and response.location != url_for("storefront.cart")


def show_expired() -> tuple[str, int] | None:
    """The form was made for somebody else, mostly because its buyer signed in meanwhile: it is shown to them anew.

    None for an empty basket: there is nothing to show.
    """
    facts = read_facts(current_viewer(), basket_owner(), utc_now())
    try:
        quote = _quote(facts)
    except EmptyBasket:
        return None
    form = CheckoutForm()
    offer_choices(form, facts)
    flash(
        _(
            "You have signed in or out since, or this page stood open for long. Nothing was ordered, and what you"
            " typed is still here: please check it and order once more."
        ),
        "warn",
    )
    stamp(form, quote)
    return _page(form, facts, quote), 400


@storefront.post("/checkout")
@shown_again_by(show_expired)
@limiter.limit(CHECKOUTS)
@limiter.limit(GUEST_ORDERS, exempt_when=lambda: current_viewer().user_id is not None, deduct_when=_is_order)
def place() -> Response | tuple[str, int]:
    """One order however often the form is sent. Whatever is wrong is said in the form, with what was typed."""
    facts = read_facts(current_viewer(), basket_owner(), utc_now())
    form = CheckoutForm()
    offer_choices(form, facts)
    if form.leave.data:
        return _change_basket(form, facts)
    if form.coupon.data or tidy(form.code.data or ""):
        return _change_coupons(form, facts)
    if not form.validate() or not form.checkout_token.data:
        return _again(form, facts)
    try:
        check_terms(form, facts.offered.terms)
        placed = _place(form, facts)
    except EmptyBasket as refused:
        flash(error_message(refused), "info")
        return _to_basket()
    except (InvalidInput, Conflict) as refused:
        return _again(form, facts, refused)
    if facts.viewer.user_id is None:
        open_for_guest(placed.number)
    return go_to_pay(placed.order_id, placed.number, organisation_id=organisation_of(form.organisation.data))


def _place(form: CheckoutForm, facts: CheckoutFacts) -> Placed:
    wish, now = read_wish(form, facts), utc_now()

    def place_it(session: Session) -> Placed:
        if facts.asks_counting and wish.user_id is not None:
            answer_counting(session, wish.user_id, wish.counts_for_unit, now=now)
        return place_order(session, wish, now=now)

    return transact(place_it)


def _change_basket(form: CheckoutForm, facts: CheckoutFacts) -> Response | tuple[str, int]:
    """The buyer takes fewer of something, or leaves it out, without losing what was typed."""
    sku, _colon, units = (form.leave.data or "").rpartition(":")
    try:
        before = _quote(facts)
        quantity = parse_quantity(units, least=0)
        transact(partial(set_quantity, owner=facts.owner, sku=sku, quantity=quantity, now=utc_now()))
    except EmptyBasket as empty:
        flash(error_message(empty), "info")
        return _to_basket()
    except (InvalidInput, NotFound) as refused:
        form.form_errors.append(error_message(refused))
        return _again(form, facts)
    flash(
        _("The basket is changed. What you typed is still here.")
        if quantity
        else _("It is out of your basket. What you typed is still here."),
        "ok",
    )
    return _shown_again(form, facts, before)


def _change_coupons(form: CheckoutForm, facts: CheckoutFacts) -> Response | tuple[str, int]:
    """A code is tried, or a coupon taken out. A code that was typed and not tried is tried before anything is ordered."""
    which = form.coupon.data or "use"
    try:
        before = _quote(facts)
        if which != "use":
            take_out(facts.owner, which)
            flash(_("The coupon is out of your basket. It can be entered again."), "ok")
        else:
            say_taken(use_code(facts.owner, form.code.data or ""))
            form.code.data = ""
    except EmptyBasket as empty:
        flash(error_message(empty), "info")
        return _to_basket()
    except (InvalidInput, TooManyAttempts) as refused:
        return _again(form, facts, InvalidInput(errors={"code": error_message(refused)}))
    return _shown_again(form, facts, before)


def _shown_again(form: CheckoutForm, facts: CheckoutFacts, before: Quote) -> Response | tuple[str, int]:
    """The form with what was typed, none of which is judged, since nothing was ordered."""
    try:
        quote = _quote(facts)
    except EmptyBasket as empty:
        flash(error_message(empty), "info")
        return _to_basket()
    choose_way_again(form, facts, before, quote)
    stamp(form, quote)
    return _page(form, facts, quote), 200


def _again(
    form: CheckoutForm, facts: CheckoutFacts, refused: InvalidInput | Conflict | None = None
) -> Response | tuple[str, int]:
    """The form once more, with what was typed and the goods and prices of now, and with all that is wrong."""
    try:
        quote = _quote(facts)
    except EmptyBasket as empty:
        flash(error_message(empty), "info")
        return _to_basket()
    if refused is not None and not (quote.short and isinstance(refused, (SoldOut, NotForSale))):
        show_errors(form, refused)
    stamp(form, quote)
    if {line.sku for line in quote.exempt_lines} - set(form.return_exempt.data or ()):
        show_errors(form, TermsNotConfirmed(field="return_exempt"))
    return _page(form, facts, quote, too_many_unpaid=isinstance(refused, TooManyUnpaid)), 400


def _quote(facts: CheckoutFacts) -> Quote:
    return quote_basket(read_session(), facts.owner, facts.runs, unit_id=facts.viewer.unit_id, now=utc_now())


def _to_basket() -> Response:
    return redirect(url_for("storefront.cart"), 303)


def _page(form: CheckoutForm, facts: CheckoutFacts, quote: Quote, *, too_many_unpaid: bool = False) -> str:
    by_courier = form.delivery.data == DeliveryKind.COURIER
    address = facts.address(form.address_id.data)
    province = address.province if address else form.province.data or ""
    known_fen = quote.freight_to(province) if by_courier else 0
    freight_fen = known_fen or 0
    form.seen_total.data = str(quote.to_pay(freight_fen))
    offer_provinces(form, quote)
    return render_template(
        "storefront/checkout.html",
        form=form,
        facts=facts,
        quote=quote,
        by_courier=by_courier,
        freight_fen=freight_fen,
        freight_is_known=known_fen is not None or bool(province),
        parts=quote.parts(freight_fen),
        preorder_terms=preorder_terms(),
        rests=rests_ahead(),
        too_many_unpaid=too_many_unpaid,
    )
