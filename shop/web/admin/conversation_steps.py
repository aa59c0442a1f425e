"""Whose a conversation is, its end, several at once, and a question to a village."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.conversations.steps import close, close_many, hand_over, hand_over_many, reopen
from shop.conversations.village_questions import ask_village
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.kit.text import form_number, form_numbers, tidy, whole_number
from shop.web.admin.blueprint import admin
from shop.web.admin.conversations import refused
from shop.web.admin.saving import act
from shop.web.database import transact
from shop.web.error_pages import error_message
from shop.web.fields import LONGEST_TOKEN
from shop.web.guards import requires
from shop.web.links import safe_next
from shop.web.viewer import current_user_id

NOBODY = "0"


def _chosen_person() -> int | None:
    """None for nobody; somebody who is none of the team is refused later."""
    typed = request.form.get("assignee", "")
    if typed == NOBODY:
        return None
    number = form_number(typed)
    return -1 if number is None else number


@admin.post("/conversations/several")
@requires(RoleName.ADMIN)
def several_conversations() -> Response:
    """Those that are ticked, closed or handed to one person."""
    ids = form_numbers(request.form.getlist("id"))
    back = safe_next(request.form.get("back"), url_for("admin.conversations"))
    actor_id, now, closes = current_user_id(), utc_now(), request.form.get("deed") == "close"
    if not ids:
        flash(gettext("Please tick at least one."), "warn")
        return redirect(back, 303)
    person = _chosen_person()
    try:
        if closes:
            seen = {one: number for one in ids if (number := _seen(f"seen-{one}")) is not None}
            count, kept = transact(
                lambda session: close_many(session, ids, seen=seen, actor_id=actor_id, now=now)
            )
        else:
            count = transact(lambda session: hand_over_many(session, ids, person, actor_id=actor_id, now=now))
            kept = 0
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(
            ngettext("%(num)s conversation closed.", "%(num)s conversations closed.", count)
            if closes
            else ngettext("%(num)s conversation handed over.", "%(num)s conversations handed over.", count),
            "ok",
        )
        if kept:
            flash(
                ngettext(
                    "%(num)s stays open: its buyer has written meanwhile.",
                    "%(num)s stay open: their buyers have written meanwhile.",
                    kept,
                ),
                "warn",
            )
    return redirect(back, 303)


@admin.post("/conversations/<int:conversation_id>/hand-over")
@requires(RoleName.ADMIN)
def hand_conversation_over(conversation_id: int) -> Response:
    person, actor_id, now = _chosen_person(), current_user_id(), utc_now()
    done = gettext("It is yours now.") if person == actor_id else gettext("Handed over.")
    return act(
        lambda session: hand_over(session, conversation_id, person, actor_id=actor_id, now=now),
        done=done,
        back=_at(conversation_id),
    )


@admin.post("/conversations/<int:conversation_id>/close")
@requires(RoleName.ADMIN)
def close_conversation(conversation_id: int) -> Response:
    actor_id, now, seen = current_user_id(), utc_now(), _seen("seen")
    return act(
        lambda session: close(session, conversation_id, seen=seen, actor_id=actor_id, now=now),
        done=gettext("Closed. If the buyer writes again it is open again."),
        back=_at(conversation_id),
    )


@admin.post("/conversations/<int:conversation_id>/reopen")
@requires(RoleName.ADMIN)
def reopen_conversation(conversation_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: reopen(session, conversation_id, actor_id=actor_id, now=now),
        done=gettext("Open again."),
        back=_at(conversation_id),
    )


@admin.post("/conversations/<int:conversation_id>/ask")
@requires(RoleName.ADMIN)
def ask_village_about(conversation_id: int) -> Any:
    typed, actor_id, now = request.form.to_dict(), current_user_id(), utc_now()
    village_id = form_number(typed.get("village", ""))
    token = tidy(typed.get("token", ""))[:LONGEST_TOKEN] or secret_token()
    text = typed.get("question", "")
    try:
        transact(
            lambda session: ask_village(
                session, conversation_id, village_id, text, token=token, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return refused(conversation_id, typed, error)
    flash(gettext("Asked. The coordinator's answer comes here, not to the buyer."), "ok")
    return redirect(_at(conversation_id), 303)


def _seen(name: str) -> int | None:
    """The buyer's newest message that the page showed."""
    return request.form.get(name, type=whole_number)


def _at(conversation_id: int) -> str:
    return url_for("admin.conversation", conversation_id=conversation_id)
