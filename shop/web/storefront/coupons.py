"""Coupons in the basket: a code is typed, looked at, and taken out again."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.accounts.attempts import begin_attempt, take_back_attempt
from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import tidy
from shop.ordering.basket import BasketOwner
from shop.ordering.coupons.codes import LONGEST_TYPED
from shop.ordering.coupons.entering import enter_code, remove_coupon
from shop.ordering.coupons.errors import CouponNeedsAccount, CouponNeedsProof
from shop.ordering.coupons.judging import Coupon
from shop.ordering.errors import EmptyBasket
from shop.web.database import transact
from shop.web.error_pages import error_message, wants_json
from shop.web.limits import BASKETS, limiter
from shop.web.origin import request_origin
from shop.web.protection import shown_again_by
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.cart import cart_page
from shop.web.storefront.owner import basket_owner
from shop.web.viewer import current_viewer

FREIGHT = "freight"


def use_code(owner: BasketOwner, typed: str) -> Coupon:
    """Put a code into the basket. A wrong one counts as an attempt, by account and by address.

    Raises CouponNeedsAccount, CouponNeedsProof, BadCoupon, EmptyBasket, TooManyAttempts.
    """
    if owner.user_id is None:
        raise CouponNeedsAccount(field="code")
    if current_viewer().email_waits:
        raise CouponNeedsProof(field="code")
    now, origin, whose = utc_now(), request_origin(), str(owner.user_id)
    attempt_id = transact(lambda s: begin_attempt(s, AttemptKind.COUPON, whose, origin=origin, now=now))
    coupon = transact(partial(enter_code, owner=owner, typed=typed[:LONGEST_TYPED], now=now))
    transact(lambda session: take_back_attempt(session, attempt_id))
    return coupon


def take_out(owner: BasketOwner, which: str) -> None:
    now = utc_now()
    transact(partial(remove_coupon, owner=owner, of_freight=which == FREIGHT, now=now))


def say_taken(coupon: Coupon) -> None:
    """What it takes off stands on the page; here only whether it does."""
    if coupon.holds:
        flash(_("The coupon is in your basket."), "ok")
    else:
        flash(_("The coupon is in your basket, but takes off nothing yet. Below it says why."), "info")


def show_expired() -> tuple[str, int] | None:
    """Signed in or out meanwhile: the basket once more, with the code that was typed. A program gets the problem."""
    if wants_json():
        return None
    error = _(
        "You have signed in or out since, or this page stood open for long. Please enter the code once more."
    )
    return cart_page(code={"typed": _typed(), "error": error}), 400


@storefront.post("/cart/coupon")
@shown_again_by(show_expired)
@limiter.limit(BASKETS)
def enter_coupon() -> Response | tuple[str, int]:
    typed = _typed()
    try:
        say_taken(use_code(basket_owner(), typed))
    except EmptyBasket as empty:
        flash(error_message(empty), "info")
    except (InvalidInput, TooManyAttempts) as refused:
        return cart_page(code={"typed": typed, "error": error_message(refused)}), refused.status
    return redirect(url_for("storefront.cart"), 303)


@storefront.post("/cart/coupon/remove")
@shown_again_by(show_expired)
@limiter.limit(BASKETS)
def remove_from_basket() -> Response:
    take_out(basket_owner(), request.form.get("which", ""))
    flash(_("The coupon is out of your basket. It can be entered again."), "ok")
    return redirect(url_for("storefront.cart"), 303)


def _typed() -> str:
    return tidy(request.form.get("code", ""))[:LONGEST_TYPED]
