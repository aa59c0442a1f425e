"""What became of a receipt's money that pays no order: sent back, kept, taken up again; and the second person's word."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.ordering.reasons import Reason
from shop.payments.statements.matching import take_up_again
from shop.payments.statements.models import LineStatus, RestDeed
from shop.payments.statements.rests import put_rest
from shop.payments.statements.sending_back import about_note, agree_to_note, withdraw_note
from shop.web.admin.blueprint import admin
from shop.web.admin.done_before import Deed
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session, transact
from shop.web.guards import recently_authenticated, requires
from shop.web.viewer import current_user_id

_DONE: Final = {
    RestDeed.SENT_BACK: "statement.line_sent_back",
    RestDeed.TAKEN_UP: "statement.sent_back_taken_up",
}


@admin.post("/reconcile/lines/<int:line_id>/rest")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def put_receipt_rest(line_id: int) -> Response:
    rest, sent_as = request.form.get("rest", ""), request.form.get("sent_as", "")
    actor_id, now = current_user_id(), utc_now()
    try:
        reason = transact(
            lambda session: put_rest(session, line_id, rest, sent_as=sent_as, actor_id=actor_id, now=now)
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        flash(*_became(reason))
    return _back(line_id)


@admin.post("/reconcile/lines/<int:line_id>/take-up")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def take_receipt_up(line_id: int) -> Response:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    try:
        status = transact(
            lambda session: take_up_again(session, line_id, reason=reason, actor_id=actor_id, now=now)
        )
    except (InvalidInput, Conflict) as error:
        flash(refusal(error), "bad")
    else:
        if status is LineStatus.OPEN:
            flash(gettext("It is to be matched again."), "ok")
        else:
            flash(gettext("Written down. It counts when a second person of finance says so too."), "info")
    return _back(line_id)


@admin.post("/reconcile/notes/<int:note_id>/agree")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def agree_to_rest(note_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    line_id, deed = about_note(read_session(), note_id)
    is_sent = deed is RestDeed.SENT_BACK
    return act(
        lambda session: agree_to_note(session, note_id, actor_id=actor_id, now=now),
        deed=Deed(_DONE[deed], "bank_line", line_id),
        now=now,
        done=gettext("Noted: it was sent back.") if is_sent else gettext("It is to be matched again."),
        back=url_for("admin.receipt", line_id=line_id),
    )


@admin.post("/reconcile/notes/<int:note_id>/withdraw")
@requires(RoleName.ADMIN)
@requires(RoleName.FINANCE)
@recently_authenticated
def withdraw_rest(note_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    line_id, deed = about_note(read_session(), note_id)
    return act(
        lambda session: withdraw_note(session, note_id, actor_id=actor_id, now=now),
        deed=Deed(f"statement.{deed}_withdrawn", "bank_line", line_id),
        now=now,
        done=gettext("Taken back. Nothing was booked."),
        back=url_for("admin.receipt", line_id=line_id),
    )


def _became(reason: str) -> tuple[str, str]:
    if reason == Reason.REST_SENT_BACK:
        return gettext("Noted: it was sent back."), "ok"
    if reason == Reason.REST_GOING_BACK:
        return gettext("Written down. It counts when a second person of finance says so too."), "info"
    return gettext(
        "Noted: it is kept. The payer's next receipt names it, and it can be taken up again."
    ), "ok"


def _back(line_id: int) -> Response:
    return redirect(url_for("admin.receipt", line_id=line_id), 303)
