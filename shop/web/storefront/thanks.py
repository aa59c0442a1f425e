"""A buyer thanks the households of a completed order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.conversations.thanks import give_thanks, thanks_of_order
from shop.conversations.thanks_models import SignedAs
from shop.conversations.typed import LONGEST_THANKS
from shop.conversations.words import SIGNATURES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.models import Order, OrderStatus
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.limits import FORMS, limiter
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.storefront.talk_access import count_attempt, who_writes


@storefront.get("/orders/<number>/thanks")
def thanks(number: str) -> Response | str:
    order = require_order(number, to_act=True)
    if not _can_thank(order):
        return redirect(order_path(number), 302)
    return _page(order, {}, {})


@storefront.post("/orders/<number>/thanks")
@limiter.limit(FORMS)
def thank(number: str) -> Response:
    order = require_order(number)
    order_id, who, now = order.id, who_writes(number), utc_now()
    typed = {name: str(value) for name, value in request.form.items()}
    chosen, text = typed.get("signed_as", ""), typed.get("text", "")
    signed_as = SignedAs(chosen) if chosen in set(SignedAs) else None

    def write(session: Session) -> int:
        return give_thanks(session, order_id, text, signed_as, now=now)

    try:
        transact(partial(count_attempt, kind=AttemptKind.MESSAGE, who=who, now=now))
        transact(write)
    except (InvalidInput, TooManyAttempts) as error:
        named: Mapping[str, str] = getattr(error, "errors", {})
        errors = {field: translated(message, error.facts) for field, message in named.items()}
        answer = make_response(
            _page(require_order(number), typed, errors or {"form": error_message(error)}), error.status
        )
        if isinstance(error, TooManyAttempts):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    except Conflict as error:
        flash(error_message(error), "info")
    else:
        flash(_("Thank you. The village's coordinator passes it on; an answer comes here."), "ok")
    return redirect(f"{order_path(number)}#thanks", 303)


def _can_thank(order: Order) -> bool:
    return order.status is OrderStatus.COMPLETED and thanks_of_order(read_session(), order.id) is None


def _page(order: Order, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "storefront/thanks.html",
        order=order,
        signatures=SIGNATURES,
        longest=LONGEST_THANKS,
        typed=typed,
        errors=errors,
    )
