"""A guest's own data: whoever holds the order's signed link may take a copy, and ask for its erasure."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.ordering.models import Order
from shop.privacy.asking import ask, is_added_to, requests_of
from shop.privacy.desk import KIND_WORDS, status_word
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.limits import FORMS, limiter
from shop.web.personal_copies import send_copy
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order

OFFERED = (AskedFor.ERASURE, AskedFor.CORRECTION, AskedFor.OBJECTION)


@storefront.get("/orders/<number>/data")
def order_data(number: str) -> Response | str:
    order = require_order(number)
    return _accounts() if order.user_id is not None else _page(order, {}, {})


@storefront.post("/orders/<number>/data/copy")
@limiter.limit(FORMS)
def copy_order_data(number: str) -> Any:
    order = require_order(number, to_act=False)
    if order.user_id is not None:
        return _accounts()
    return send_copy(AboutWhat.ORDER, order.number, of_guest=f"order {order.number}")


@storefront.post("/orders/<number>/data/requests")
@limiter.limit(FORMS)
def ask_about_order_data(number: str) -> Response | tuple[str, int]:
    order = require_order(number, to_act=False)
    if order.user_id is not None:
        return _accounts()
    typed, now = request.form.to_dict(), utc_now()
    kind = typed.get("kind", "")
    if kind not in OFFERED:
        return _page(order, typed, {"kind": _("Please choose one from the list.")}), 400
    said: dict[str, Any] = {"text": typed.get("text", ""), "asked_by_id": None, "now": now}
    about_id = order.number
    try:
        added = transact(
            lambda session: is_added_to(ask(session, AskedFor(kind), AboutWhat.ORDER, about_id, **said), now)
        )
    except InvalidInput as error:
        errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
        return _page(require_order(number), typed, errors), 400
    if added:
        flash(_("Added to your request that waits for an answer. You find the answer on this page."), "ok")
    else:
        flash(_("Written down. You find the answer on this page."), "ok")
    return redirect(order_path(number, "data"), 303)


def _accounts() -> Response:
    """Whose order has an account asks there."""
    return redirect(url_for("account.privacy"), 303)


def _page(order: Order, typed: dict[str, str], errors: dict[str, str]) -> str:
    asked = requests_of(read_session(), AboutWhat.ORDER, order.number)
    return render_template(
        "storefront/order_data.html",
        order=order,
        asked=asked,
        offered=OFFERED,
        kinds=KIND_WORDS,
        status_word=status_word,
        unsettled=UNSETTLED,
        typed=typed,
        errors=errors,
    )
