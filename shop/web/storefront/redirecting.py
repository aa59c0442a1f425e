"""A buyer sends a paid order elsewhere until its truck's cut-off, and until something of it is packed."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response

from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.models import Order
from shop.web.form_errors import show_errors
from shop.web.limits import FORMS, limiter
from shop.web.redirection_form import RedirectionForm
from shop.web.redirections import Preview, do_redirection, preview_redirection, redirection_form
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.order_access import order_path, require_order
from shop.web.viewer import current_viewer


@storefront.get("/orders/<number>/redirect")
def redirect_page(number: str) -> Response:
    order, other = _order(number), request.args.get("with", "")
    return _page(order, redirection_form(order, _order(other) if other else None))


@storefront.post("/orders/<number>/redirect")
@limiter.limit(FORMS)
def redirect_own(number: str) -> Response:
    """First shown with what it does; with `sure`, done."""
    order = _order(number)
    form = redirection_form(order)
    if "change" in request.form:
        return _page(order, form)
    if not form.validate():
        return _page(order, form, status=400)
    try:
        if "sure" in request.form:
            is_new = do_redirection(order, form, actor_id=current_viewer().user_id, by_team=False)
            flash(_("Changed.") if is_new else _("That was changed before."), "ok" if is_new else "info")
            return redirect(order_path(number), 303)
        return _page(order, form, preview_redirection(order, form, by_team=False))
    except (InvalidInput, Conflict) as error:
        show_errors(form, error)
        return _page(order, form, status=error.status)


def _order(number: str) -> Order:
    return require_order(number, selectinload(Order.run), selectinload(Order.pickup_point), to_act=True)


def _page(
    order: Order, form: RedirectionForm, preview: Preview | None = None, *, status: int = 200
) -> Response:
    page = render_template("storefront/redirect.html", order=order, form=form, preview=preview)
    return make_response(page, status)
