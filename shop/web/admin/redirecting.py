"""The team sends a paid order elsewhere: typed, looked at with the difference in freight, then done."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext

from shop.accounts.models import RoleName
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.text import msg
from shop.ordering.models import Order
from shop.ordering.order_desk import read_order
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.database import read_session
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.redirection_form import RedirectionForm
from shop.web.redirections import Preview, do_redirection, preview_redirection, redirection_form
from shop.web.viewer import current_user_id


@admin.get("/orders/<number>/redirect")
@requires(RoleName.ADMIN)
def redirecting(number: str) -> str:
    order, other = read_order(read_session(), number), request.args.get("with", "")
    return _page(order, redirection_form(order, read_order(read_session(), other) if other else None))


@admin.post("/orders/<number>/redirect")
@requires(RoleName.ADMIN)
def redirect_it(number: str) -> Any:
    """First shown with what it does; with `sure`, done. Where money moves, finance does it."""
    order = read_order(read_session(), number)
    form = redirection_form(order)
    if "change" in request.form:
        return _page(order, form)
    if not form.validate():
        return _page(order, form), 400
    try:
        if "sure" in request.form:
            _demand_finance(form)
            is_new = do_redirection(order, form, actor_id=current_user_id(), by_team=True)
            said = gettext("Changed. The buyer is told.") if is_new else gettext("That was changed before.")
            flash(said, "ok" if is_new else "info")
            return redirect(url_for("admin.order", number=number), 303)
        return _page(order, form, preview_redirection(order, form, by_team=True))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(order, form), error.status


def _demand_finance(form: RedirectionForm) -> None:
    """Raises Conflict where money goes back, or is waived, and who presses does not handle any."""
    if not may_handle_money() and form.seen.data not in ("", "0"):
        raise Conflict(msg("Money moves by this: somebody with the finance permission has to do it."))


def _page(order: Order, form: RedirectionForm, preview: Preview | None = None) -> str:
    return desk_page(
        "admin/redirect.html",
        "orders",
        order=order,
        form=form,
        preview=preview,
        may_decide=may_handle_money() or preview is None or not preview.change.difference_fen,
    )
