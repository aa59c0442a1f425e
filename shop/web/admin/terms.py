"""Terms of an organisation: proposed by one person of finance, approved by another, ended with a reason."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.accounts.terms import approve_terms, end_terms, propose_terms
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.receivables import receivable_page
from shop.web.admin.saving import act, refusal
from shop.web.admin.terms_form import TermsForm
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.post("/receivables/<int:organisation_id>/terms")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def propose(organisation_id: int) -> Any:
    form, actor_id, now = TermsForm(), current_user_id(), utc_now()
    if not form.validate():
        return receivable_page(organisation_id, form), 400
    asked = form.asked()
    try:
        transact(lambda session: propose_terms(session, organisation_id, asked, actor_id=actor_id, now=now))
    except InvalidInput as error:
        show_errors(form, error)
        return receivable_page(organisation_id, form), 400
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        flash(
            gettext("Proposed. The terms are in force when a second person of finance approves them."), "ok"
        )
    return _back(organisation_id)


@admin.post("/receivables/<int:organisation_id>/terms/<int:terms_id>/approve")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def approve_organisation_terms(organisation_id: int, terms_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: approve_terms(session, terms_id, actor_id=actor_id, now=now),
        deed=Deed("terms.approved", "organisation", organisation_id),
        now=now,
        done=gettext("Approved. Who buys for the organisation may pay on account from now on."),
        back=url_for("admin.receivable", organisation_id=organisation_id),
    )


@admin.post("/receivables/<int:organisation_id>/terms/<int:terms_id>/end")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def end_organisation_terms(organisation_id: int, terms_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: end_terms(session, terms_id, reason, actor_id=actor_id, now=now),
        deed=Deed("terms.ended", "organisation", organisation_id),
        now=now,
        done=gettext("Ended. What is owed stays owed."),
        back=url_for("admin.receivable", organisation_id=organisation_id),
    )


def _back(organisation_id: int) -> Response:
    return redirect(url_for("admin.receivable", organisation_id=organisation_id), 303)
