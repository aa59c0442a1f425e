"""The buyer says what becomes of units that nobody has."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shop.fulfilment.answering import answer_of_buyer
from shop.fulfilment.proposal_models import Answer
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, NotFound
from shop.kit.text import typed_number
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.limits import FORMS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.viewer import current_viewer


@storefront.get("/orders/<number>/missing")
def missing(number: str) -> Response:
    """Where a signed-out browser comes back to: the order's page asks."""
    require_order(number)
    return redirect(order_path(number), 302)


@storefront.post("/orders/<number>/missing")
@limiter.limit(FORMS)
def answer_missing(number: str) -> Response:
    order_id, proposal_id, answer = require_order(number).id, _proposal(), _answer()
    if answer is None:
        flash(_("Please choose one of what is proposed."), "bad")
        return redirect(f"{order_path(number)}#missing-{proposal_id}", 303)
    chosen = partial(answer_of_buyer, order_id=order_id, proposal_id=proposal_id, answer=answer)
    actor_id, now = current_viewer().user_id, utc_now()
    try:
        transact(partial(chosen, actor_id=actor_id, now=now))
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(_("Thank you. It is done like this."), "ok")
    return redirect(f"{order_path(number)}#missing-{proposal_id}", 303)


def _proposal() -> int:
    try:
        number = typed_number(request.form.get("proposal", ""))
    except ValueError:
        number = None
    if number is None:
        raise NotFound()
    return number


def _answer() -> Answer | None:
    try:
        return Answer(request.form.get("answer", ""))
    except ValueError:
        return None
