"""Ordering on the terms of an organisation: chosen in the form, accepted at once, nothing to pay now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import flash, redirect
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.text import whole_number
from shop.payments.errors import NothingToPay, ProviderUnavailable, UnknownMethod
from shop.payments.models import ON_ACCOUNT
from shop.payments.terms.accepting import Waits, buy_on_terms, refuse_over_limit
from shop.payments.terms.debts import TermsOffer
from shop.payments.terms.errors import NoTerms
from shop.web.error_pages import error_message
from shop.web.outside_world import with_providers
from shop.web.storefront.checkout_form import CheckoutForm
from shop.web.storefront.order_access import order_path
from shop.web.viewer import current_viewer


def organisation_of(typed: str | None) -> int | None:
    """Nothing for what is no number: then the buyer's only organisation is meant."""
    return _number(typed)


def check_terms(form: CheckoutForm, terms: Sequence[TermsOffer]) -> None:
    """Before an order is placed that its organisation cannot owe. Raises NoTerms, OverLimit.

    What decides is asked again behind the organisation's lock, when the order is accepted.
    """
    if form.payment_method.data != ON_ACCOUNT:
        return
    wanted = organisation_of(form.organisation.data)
    chosen = [one for one in terms if wanted is None or one.grant.organisation_id == wanted]
    if len(chosen) != 1:
        raise NoTerms(field="payment_method")
    refuse_over_limit(chosen[0].grant, chosen[0].owed_fen, _number(form.seen_total.data) or 0)


def accept_on_account(order_id: int, number: str, organisation_id: int | None) -> BaseResponse:
    """To the order, which is confirmed; or to the other ways to pay, with the reason.

    Raises UnknownMethod for a guest: nobody buys for an organisation without an account.
    """
    if current_viewer().user_id is None:
        raise UnknownMethod(field="payment_method")
    accept = partial(buy_on_terms, order_id=order_id, organisation_id=organisation_id, now=utc_now())
    try:
        outcome = with_providers(accept)
    except (InvalidInput, ProviderUnavailable) as error:
        return _back_with(error_message(error), order_path(number, "pay"))
    except NothingToPay as error:
        return _back_with(error_message(error), order_path(number))
    if isinstance(outcome, Waits):
        flash(
            gettext(
                "The order is above a limit: your organisation's approvers are asked. You get a message."
            ),
            "info",
        )
        return redirect(order_path(number), 303)
    flash(gettext("The order is accepted on account. The page says until when to transfer what."), "ok")
    return redirect(order_path(number), 303)


def _number(typed: str | None) -> int | None:
    try:
        return whole_number(typed or "")
    except ValueError:
        return None


def _back_with(sentence: str, target: str) -> BaseResponse:
    flash(sentence, "warn")
    return redirect(target, 303)
