"""Thanks of buyers on their way to households: the team looks on, and keeps back what should not arrive."""

from __future__ import annotations

from typing import Any, Final

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.conversations.letters import LetterReach, find_letters, keep_back, show_letter
from shop.conversations.thanks_models import LetterState
from shop.conversations.words import READY_REPLIES, SIGNATURES
from shop.kit.clock import utc_now
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page
from shop.web.admin.saving import act
from shop.web.database import read_session
from shop.web.guards import requires
from shop.web.viewer import current_user_id

ALL: Final = LetterReach(everything=True)


@admin.get("/thanks")
@requires(RoleName.ADMIN)
def thanks() -> str:
    asked, state = request.args.get("page", 1, type=int), request.args.get("state", "")
    states = (LetterState(state),) if state in set(LetterState) else tuple(LetterState)

    def page_url(number: int) -> str:
        return url_for("admin.thanks", page=number, state=state or None)

    return desk_page(
        "admin/thanks.html",
        "thanks",
        found=find_letters(read_session(), ALL, states=states, page=asked),
        states=tuple(LetterState),
        state=state,
        signatures=SIGNATURES,
        ready_replies=READY_REPLIES,
        page_url=page_url,
    )


@admin.post("/thanks/<int:letter_id>/show")
@requires(RoleName.ADMIN)
def show_thanks(letter_id: int) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: show_letter(session, letter_id, ALL, actor_id=actor_id, now=now),
        done=gettext("The household reads it on its phone."),
        back=url_for("admin.thanks"),
    )


@admin.post("/thanks/<int:letter_id>/keep-back")
@requires(RoleName.ADMIN)
def keep_thanks_back(letter_id: int) -> Any:
    reason, actor_id, now = request.form.get("reason", ""), current_user_id(), utc_now()
    return act(
        lambda session: keep_back(session, letter_id, reason, ALL, actor_id=actor_id, now=now),
        done=gettext("Kept back: the household does not read it."),
        back=url_for("admin.thanks"),
    )
