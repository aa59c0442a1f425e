"""A form that was just sent, as a press; and what a desk answers to it."""

from __future__ import annotations

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import transact
from shop.web.deeds import Deed, Press
from shop.web.error_pages import error_message


def form_press() -> Press:
    """Several values of one field stand each on a line of its own, as a phone sends them."""
    now = utc_now()
    fields = {name: "\n".join(values) for name, values in request.form.lists()}
    return Press(fields, now, shanghai_date(now))


def press_deed(deed: Deed, *, refused: str = "") -> Response:
    """Do it and go on with one sentence, also when it no longer fits: then to `refused`, or where it would have led."""
    try:
        result = transact(deed.work)
    except (Conflict, InvalidInput) as error:
        flash(error_message(error), "bad")
        return redirect(refused or deed.page_after(), 303)
    flash(deed.said_of(result), "ok")
    return redirect(deed.page_after(result), 303)
