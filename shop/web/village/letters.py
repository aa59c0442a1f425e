"""Questions of the shop's team, thanks of buyers, and the answers of households to them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.models import RoleName
from shop.conversations.letters import LetterReach, find_letters, keep_back, send_reply, show_letter
from shop.conversations.village_questions import answer_question, questions_of_villages
from shop.conversations.words import READY_REPLIES, SIGNATURES
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.guards import requires
from shop.web.limits import FORMS, limiter
from shop.web.viewer import current_user_id, current_viewer
from shop.web.village.blueprint import village
from shop.web.village.desk import page, press
from shop.web.village.paging import asked_number, page_number


@village.get("/letters")
@requires(RoleName.COORDINATOR)
def letters() -> str:
    return _page({}, {})


@village.post("/letters/questions/<int:question_id>")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def answer_team(question_id: int) -> Any:
    text, actor_id, now = request.form.get("answer", ""), current_user_id(), utc_now()
    own = current_viewer().village_ids
    try:
        transact(
            lambda session: answer_question(
                session, question_id, text, village_ids=own, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return _refused(f"question-{question_id}", text, error)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Sent to the shop's team."), "ok")
    return redirect(url_for("village.letters"), 303)


@village.post("/letters/<int:letter_id>/show")
@requires(RoleName.COORDINATOR)
def pass_on(letter_id: int) -> Response:
    own, actor_id, now = _own(), current_user_id(), utc_now()
    return press(
        lambda session: show_letter(session, letter_id, own, actor_id=actor_id, now=now),
        gettext("The household reads it on its phone. Without a phone, read it aloud."),
        url_for("village.letters"),
    )


@village.post("/letters/<int:letter_id>/keep-back")
@requires(RoleName.COORDINATOR)
def keep_letter_back(letter_id: int) -> Any:
    reason, own, actor_id, now = request.form.get("reason", ""), _own(), current_user_id(), utc_now()
    try:
        transact(lambda session: keep_back(session, letter_id, reason, own, actor_id=actor_id, now=now))
    except InvalidInput as error:
        return _refused(f"reason-{letter_id}", reason, error)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Kept back: the household does not read it."), "ok")
    return redirect(url_for("village.letters"), 303)


@village.post("/letters/<int:letter_id>/reply")
@limiter.limit(FORMS)
@requires(RoleName.COORDINATOR)
def send_household_reply(letter_id: int) -> Any:
    text, own, actor_id, now = request.form.get("reply", ""), _own(), current_user_id(), utc_now()
    try:
        transact(lambda session: send_reply(session, letter_id, text, own, actor_id=actor_id, now=now))
    except InvalidInput as error:
        return _refused(f"reply-{letter_id}", text, error)
    except Conflict as error:
        flash(error_message(error), "bad")
    else:
        flash(gettext("Sent to the buyer."), "ok")
    return redirect(url_for("village.letters"), 303)


def _own() -> LetterReach:
    return LetterReach(village_ids=current_viewer().village_ids)


def _refused(field: str, text: str, error: InvalidInput) -> tuple[str, int]:
    sentence = translated(next(iter(error.errors.values()), error.message), error.facts)
    return _page({field: text}, {field: sentence}), error.status


def _page(typed: dict[str, str], errors: dict[str, str]) -> str:
    session, own = read_session(), current_viewer().village_ids
    return page(
        "village/letters.html",
        "letters",
        questions=questions_of_villages(session, own, page=asked_number("q_page") or 1),
        found=find_letters(session, _own(), page=page_number()),
        signatures=SIGNATURES,
        ready_replies=READY_REPLIES,
        typed=typed,
        errors=errors,
    )
