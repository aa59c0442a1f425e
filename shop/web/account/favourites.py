"""A buyer's wishlist, the packs that the buyer waits for, and what was bought before.

The buttons for both stand on public pages, which know nobody and hold no token: they lead here, where the person is
known and one more press does it.
"""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.catalogue.errors import NoSuchProduct
from shop.catalogue.product_page import read_reviewed
from shop.catalogue.variants import find_variant
from shop.favourites.errors import CanBeBought, TooManyWaits, WishlistFull
from shop.favourites.restock import ask_restock, stop_waiting, waits_of
from shop.favourites.wishlist import add_favourite, is_favourite, read_wishlist, remove_favourite
from shop.kit.clock import utc_now
from shop.ordering.bought_before import bought_before
from shop.web.account.blueprint import account
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message
from shop.web.guards import signed_in
from shop.web.viewer import current_user_id

_LONGEST = 80


@account.get("/account/wishlist")
@signed_in
def wishlist() -> str:
    session, user_id = read_session(), current_user_id()
    return render_template(
        "account/wishlist.html",
        wished=read_wishlist(session, user_id, page=_page_number()),
        waits=waits_of(session, user_id),
        page_url=lambda page: url_for("account.wishlist", page=page),
    )


@account.get("/account/wishlist/add")
@signed_in
def wish() -> str:
    """The heart of a product's page leads here. Raises NoSuchProduct."""
    session, slug = read_session(), _asked("product")
    product = read_reviewed(session, slug)
    return render_template(
        "account/wish.html", product=product, is_there=is_favourite(session, current_user_id(), slug)
    )


@account.post("/account/wishlist/add")
@signed_in
def add_wish() -> Response:
    add = partial(add_favourite, user_id=current_user_id(), slug=_asked("product"), now=utc_now())
    try:
        transact(add)
    except WishlistFull as error:
        flash(error_message(error), "warn")
    else:
        flash(_("On your wishlist."), "ok")
    return _to_list()


@account.post("/account/wishlist/remove")
@signed_in
def remove_wish() -> Response:
    transact(partial(remove_favourite, user_id=current_user_id(), slug=_asked("product")))
    flash(_("Taken off your wishlist."), "ok")
    return _to_list()


@account.get("/account/restock/ask")
@signed_in
def wait_page() -> str | Response:
    """The button of a sold-out pack leads here. Raises NoSuchProduct."""
    session = read_session()
    variant = find_variant(session, _asked("sku"))
    product = read_reviewed(session, _asked("product"))
    if variant.product_id != product.id:
        raise NoSuchProduct()
    waits = any(one.sku == variant.sku for one in waits_of(session, current_user_id()))
    return render_template("account/restock.html", variant=variant, product=product, waits=waits)


@account.post("/account/restock/ask")
@signed_in
def wait_for() -> Response:
    ask = partial(ask_restock, user_id=current_user_id(), sku=_asked("sku"), now=utc_now())
    try:
        transact(ask)
    except (CanBeBought, TooManyWaits) as error:
        flash(error_message(error), "info")
    else:
        flash(_("We tell you once, when it is your turn. Those who asked first are told first."), "ok")
    return _to_list()


@account.post("/account/restock/stop")
@signed_in
def stop_wait() -> Response:
    transact(partial(stop_waiting, user_id=current_user_id(), sku=_asked("sku")))
    flash(_("You do not wait for it any more."), "ok")
    return _to_list()


@account.get("/account/bought")
@signed_in
def bought() -> str:
    return render_template(
        "account/bought.html",
        bought=bought_before(read_session(), current_user_id(), page=_page_number()),
        page_url=lambda page: url_for("account.bought", page=page),
    )


def _asked(name: str) -> str:
    return str(request.values.get(name, ""))[:_LONGEST]


def _page_number() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _to_list() -> Response:
    return redirect(url_for("account.wishlist"), 303)
