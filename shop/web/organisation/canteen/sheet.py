"""The order sheet: cases are typed, looked at with their prices, and ordered on account."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.organisations import BUYING, Membership
from shop.accounts.terms import grant_of
from shop.canteens.errors import SheetChanged
from shop.canteens.goods import sheet_goods
from shop.canteens.reading import canteen_orders
from shop.canteens.sheet import Quote, order_sheet, quote_sheet
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput, ShopError
from shop.ordering.placing import Placed
from shop.payments.errors import NothingToPay, ProviderUnavailable
from shop.payments.terms.accepting import Waits, buy_on_terms, refuse_over_limit
from shop.payments.terms.debts import owed_by
from shop.payments.terms.errors import NoTerms
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.limits import CHECKOUTS, limiter
from shop.web.organisation.blueprint import organisation
from shop.web.organisation.canteen.forms import SheetForm
from shop.web.organisation.canteen.frame import canteen_page, own_canteen, read_cases, typed_cases
from shop.web.outside_world import with_providers


@organisation.get("/<slug>/canteen")
@signed_in
def canteen(slug: str) -> str:
    here = own_canteen(slug)
    form = _form(here)
    form.begin()
    return _page(here, form)


@organisation.post("/<slug>/canteen")
@limiter.limit(CHECKOUTS)
@signed_in
def order_canteen_sheet(slug: str) -> Any:
    """The first press shows what it costs; the second one orders what was shown."""
    here = own_canteen(slug, *BUYING)
    form = _form(here)
    if not form.validate():
        return _page(here, form), 400
    orders = request.form.get("step") == "order"
    try:
        wish, now = form.wish(read_cases()), utc_now()
        own = here.organisation.id
        quote = quote_sheet(read_session(), own, wish, now=now)
        if not orders or wish.seen_total_fen is None:
            return _page(here, form, quote=quote)
        if quote.total_fen != wish.seen_total_fen:
            raise SheetChanged()
        _refuse_beyond_terms(own, quote.total_fen)
        placed = transact(lambda session: order_sheet(session, own, here.user_id, wish, now=now))
    except SheetChanged as error:
        return _page(here, form, quote=quote, refused=error_message(error)), error.status
    except (InvalidInput, Conflict) as error:
        problems = _problems(form, error)
        return _page(here, form, problems=problems), error.status
    return _settle(here, placed)


@organisation.get("/<slug>/canteen/orders")
@signed_in
def canteen_order_list(slug: str) -> str:
    here = own_canteen(slug)
    found = canteen_orders(read_session(), here.organisation.id, page=request.args.get("page", 1, type=int))
    return canteen_page("orders", here, "orders", found=found)


def _form(here: Membership) -> SheetForm:
    form = SheetForm()
    form.offer(read_session(), here)
    return form


def _page(
    here: Membership,
    form: SheetForm,
    *,
    quote: Quote | None = None,
    refused: str = "",
    problems: dict[str, str] | None = None,
) -> str:
    session, own = read_session(), here.organisation.id
    grant = grant_of(session, own)
    left_fen = max(grant.limit_fen - owed_by(session, {own}).get(own, 0), 0) if grant else 0
    if quote is not None:
        form.seen_total.data = str(quote.total_fen)
    return canteen_page(
        "sheet",
        here,
        "sheet",
        form=form,
        goods=sheet_goods(session, own),
        typed=typed_cases(),
        quote=quote,
        grant=grant,
        left_fen=left_fen,
        refused=refused,
        problems=problems or {},
    )


def _problems(form: SheetForm, error: ShopError) -> dict[str, str]:
    """What is wrong with a number of cases stands beside it; the rest where the form has a place for it."""
    errors: dict[str, str] = getattr(error, "errors", {})
    of_cases = {
        name: translated(one, error.facts) for name, one in errors.items() if name.startswith("cases-")
    }
    if not of_cases:
        show_errors(form, error)
    return of_cases


def _refuse_beyond_terms(organisation_id: int, total_fen: int) -> None:
    """Before anything is ordered; what decides is asked again when it is accepted. Raises NoTerms, OverLimit."""
    session = read_session()
    grant = grant_of(session, organisation_id)
    if grant is None or not grant.limit_fen:
        raise NoTerms()
    refuse_over_limit(grant, owed_by(session, {organisation_id}).get(organisation_id, 0), total_fen)


def _settle(here: Membership, placed: Placed) -> Response:
    """The order stands; now it is accepted on account. What fails there can be tried on its page."""
    accept = partial(
        buy_on_terms, order_id=placed.order_id, organisation_id=here.organisation.id, now=utc_now()
    )
    try:
        outcome = with_providers(accept)
        if isinstance(outcome, Waits):
            flash(gettext("The order is above a limit of your organisation: an approver decides it."), "info")
    except NothingToPay:
        pass  # it was settled before: pressed twice
    except (InvalidInput, Conflict, ProviderUnavailable) as error:
        flash(error_message(error), "warn")
    if placed.is_new:
        flash(gettext("Ordered. Number %(number)s.", number=placed.number), "ok")
    return redirect(url_for("organisation.canteen_order_list", slug=here.organisation.slug), 303)
