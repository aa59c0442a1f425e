"""An issued invoice is taken back: each step of its red letter as it happened on the tax platform."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.invoicing.models import RedLetterCause
from shop.invoicing.red_letters import (
    RedIssued,
    ask_confirmation,
    begin_again,
    demand_red_letter,
    drop_red_letter,
    note_confirmed,
    record_red_letter,
)
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.invoice_forms import ConfirmationForm, DemandRedForm, RedForm
from shop.web.admin.invoices import invoice_page
from shop.web.admin.saving import act
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.guards import requires
from shop.web.viewer import current_user_id


@admin.post("/invoices/<int:invoice_id>/red")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def demand_red(invoice_id: int) -> Any:
    form, actor_id, now = DemandRedForm(prefix=DemandRedForm.PREFIX), current_user_id(), utc_now()
    if form.validate():
        cause, reason = RedLetterCause(form.cause.data), form.reason.data or ""
        return act(
            lambda session: demand_red_letter(session, invoice_id, cause, reason, actor_id=actor_id, now=now),
            done=gettext("Next the confirmation form is sent on the tax platform."),
            back=_page(invoice_id),
        )
    return invoice_page(invoice_id, demand_form=form), 400


@admin.post("/invoices/<int:invoice_id>/red/asked")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def red_asked(invoice_id: int) -> Any:
    form, actor_id, now = ConfirmationForm(), current_user_id(), utc_now()
    if form.validate():
        work = partial(
            ask_confirmation,
            invoice_id=invoice_id,
            confirmation_number=form.confirmation_number.data or "",
            no_answer_needed=bool(form.no_answer_needed.data),
            actor_id=actor_id,
            now=now,
        )
        try:
            transact(work)
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            flash(gettext("Written down."), "ok")
            return redirect(_page(invoice_id), 303)
    return invoice_page(invoice_id, confirmation_form=form), 400


@admin.post("/invoices/<int:invoice_id>/red/confirmed")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def red_confirmed(invoice_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: note_confirmed(session, invoice_id, actor_id=actor_id, now=now),
        done=gettext("Confirmed. The red-letter invoice can be issued."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/red/again")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def red_again(invoice_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: begin_again(session, invoice_id, reason, actor_id=actor_id, now=now),
        done=gettext("The confirmation has to be asked for again."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/red/drop")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def drop_red(invoice_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: drop_red_letter(session, invoice_id, reason, actor_id=actor_id, now=now),
        done=gettext("The invoice stands."),
        back=_page(invoice_id),
    )


@admin.post("/invoices/<int:invoice_id>/red/issued")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
def red_issued(invoice_id: int) -> Any:
    """What is left to bill is asked for again, so the next thing to do is shown."""
    form, actor_id, now = RedForm(), current_user_id(), utc_now()
    if form.validate():
        issued = RedIssued(form.document_number.data or "", form.issued_on.data, form.amount.data)
        work = partial(record_red_letter, invoice_id=invoice_id, issued=issued, actor_id=actor_id, now=now)
        try:
            again = transact(work)
        except (InvalidInput, Conflict) as error:
            show_errors(form, error)
        else:
            if again is None:
                flash(gettext("The invoice is taken back."), "ok")
                return redirect(_page(invoice_id), 303)
            flash(gettext("The invoice is taken back. This is the new request for what is left."), "ok")
            return redirect(_page(again.id), 303)
    return invoice_page(invoice_id, red_form=form), 400


def _page(invoice_id: int) -> str:
    return url_for("admin.invoice", invoice_id=invoice_id)
