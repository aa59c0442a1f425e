"""Putting right what a recipient says is wrong on the order in their name."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from shop.accounts.contacts import readable_phone
from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.models import DeliveryKind, Order
from shop.privacy.correcting import LONGEST_NAME, LONGEST_STREET, correct_received, to_correct
from shop.privacy.desk import Settled
from shop.privacy.mapping import Received
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import text as line
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import refusal
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


class CorrectionForm(ShopForm):
    recipient = line(_("Recipient"), LONGEST_NAME, needed=True, autocomplete="off")
    phone = line(
        _("Phone"), 40, hint=_("Empty: the number stays as it is."), inputmode="tel", autocomplete="off"
    )
    street = line(_("Street and number"), LONGEST_STREET, needed=True, autocomplete="off")


@admin.route("/privacy/requests/<number>/correct", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
@recently_authenticated
def correct_for_privacy_request(number: str) -> Response | str | tuple[str, int]:
    back = url_for("admin.privacy_request", number=number)
    try:
        received, order = to_correct(read_session(), number)
    except Settled as error:
        flash(refusal(error), "bad")
        return redirect(back, 303)
    form = _form(received, order)
    if request.method == "POST" and form.validate():
        correct = partial(
            correct_received,
            number=number,
            name=form.recipient.data or "",
            phone=form.phone.data or "",
            street=_street(form),
            actor_id=current_user_id(),
            now=utc_now(),
        )
        try:
            is_new = transact(correct)
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(
                gettext("Corrected. Say so in the answer.")
                if is_new
                else gettext("It stands there like this already."),
                "ok" if is_new else "info",
            )
            return redirect(back, 303)
    screen = {
        "title": gettext("Correct the recipient of order %(number)s", number=order.number),
        "note": gettext(
            "Only what is the recipient's own. Another town is another freight: the buyer says that on the order."
        ),
        "back_href": back,
        "back_label": gettext("Request %(number)s", number=number),
        "submit_label": gettext("Save"),
    }
    page = desk_page("admin/form.html", "privacy", screen=screen, form=form)
    return (page, 400) if request.method == "POST" else page


def _form(received: Received, order: Order) -> CorrectionForm:
    """A bag that is collected has no street."""
    phone = readable_phone(received.phone) if received.phone else ""
    form = CorrectionForm(recipient=order.recipient, phone=phone, street=order.street or "")
    if order.delivery is not DeliveryKind.COURIER:
        del form.street
    return form


def _street(form: CorrectionForm) -> str:
    return form.street.data or "" if "street" in form else ""
