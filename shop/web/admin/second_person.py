"""What one person of finance said of a transfer is agreed to by another, or taken back."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.payments.bank import agree_to
from shop.payments.models import RefundStatus
from shop.payments.second_person import read_proposal, withdraw
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.money_work import said_sent_back
from shop.web.admin.saving import act, refusal
from shop.web.admin.transfers import outcome_words
from shop.web.database import read_session, transact
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id


@admin.post("/proposals/<int:proposal_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_proposal(proposal_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()

    try:
        about = read_proposal(read_session(), proposal_id)
        status = transact(lambda session: agree_to(session, proposal_id, actor_id=actor_id, now=now))
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        if isinstance(status, RefundStatus):
            flash(*said_sent_back(status, about.refund_id or 0, now))
        else:
            flash(*outcome_words(status, about.payment_id, now))
    return redirect(url_for("admin.reconcile"), 303)


@admin.post("/proposals/<int:proposal_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def withdraw_proposal(proposal_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    about = read_proposal(read_session(), proposal_id)
    return act(
        lambda session: withdraw(session, proposal_id, actor_id=actor_id, now=now),
        deed=Deed("transfer.proposal_withdrawn", *about.subject),
        now=now,
        done=gettext("Taken back. Nothing was booked."),
        back=url_for("admin.reconcile"),
    )
