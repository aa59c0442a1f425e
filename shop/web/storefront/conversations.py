"""A conversation as its buyer reads it, writes in it, and says at its end how content they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from shop.accounts.errors import TooManyAttempts
from shop.accounts.models import AttemptKind
from shop.conversations.photos import photo_file, photo_key, write_with_photos
from shop.conversations.rating import rate
from shop.conversations.reading import note_read_by_buyer, read_thread
from shop.conversations.typed import LONGEST, words
from shop.conversations.words import SCORES, TOPICS
from shop.conversations.writing import Said, write_message
from shop.kit.clock import utc_now
from shop.kit.errors import Conflict, InvalidInput
from shop.kit.references import secret_token
from shop.ordering.claim_photos import MOST_PHOTOS, judge_photos
from shop.ordering.claim_words import KINDS, RULES
from shop.web.database import read_session, transact
from shop.web.error_pages import error_message, translated
from shop.web.form_errors import Problems
from shop.web.limits import FORMS, UPLOADS, limiter
from shop.web.outside_world import with_files
from shop.web.private_photos import private_photo
from shop.web.protection import accepts_uploads
from shop.web.sent_photos import digest_of, sent_photos
from shop.web.storefront.blueprint import storefront
from shop.web.storefront.talk_access import (
    count_attempt,
    form_token,
    require_conversation,
    who_writes,
)
from shop.web.viewer import current_viewer


@storefront.get("/conversations/<code>")
def conversation(code: str) -> Response | str:
    require_conversation(code)
    if "key" in request.args:
        # The key has opened the order to this browser; it need not stay in its history.
        return redirect(_at(code), 302)
    return _page(code, {}, {})


@storefront.post("/conversations/<code>/seen")
@limiter.limit(FORMS)
def note_conversation_seen(code: str) -> Response:
    """The page says so when it was looked at: looking by itself changes nothing."""
    conversation_id = require_conversation(code).id
    transact(lambda session: note_read_by_buyer(session, conversation_id))
    return redirect(_at(code), 303)


@storefront.post("/conversations/<code>")
@limiter.limit(UPLOADS)
@accepts_uploads
def write_on(code: str) -> Response:
    found = require_conversation(code)
    conversation_id, who = found.id, who_writes(f"{found.order_id}")
    user_id, now, contents = current_viewer().user_id, utc_now(), sent_photos()
    typed = {name: str(value) for name, value in request.form.items()}
    said = partial(
        Said, typed.get("text", ""), form_token(typed.get("token", "")), photos_digest=digest_of(contents)
    )

    def write(session: Session, keys: Sequence[str]) -> int:
        return write_message(session, conversation_id, said(keys), user_id=user_id, now=now)

    try:
        problems = Problems()
        problems.read(lambda: words(typed.get("text", ""), LONGEST, needed=not contents), None)
        if contents or not problems.errors:
            transact(partial(count_attempt, kind=AttemptKind.MESSAGE, who=who, now=now))
            problems.read(lambda: judge_photos(contents), None)
        problems.check()
        with_files(partial(write_with_photos, contents=contents, write=write))
    except InvalidInput as error:
        return _refused(code, typed, error)
    except TooManyAttempts as error:
        answer = make_response(_page(code, typed, {"form": error_message(error)}), error.status)
        answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    flash(_("Sent. The answer comes here, and we send you a message."), "ok")
    return redirect(f"{_at(code)}#last", 303)


@storefront.post("/conversations/<code>/rating")
@limiter.limit(FORMS)
def rate_conversation(code: str) -> Response:
    conversation_id, now = require_conversation(code).id, utc_now()
    typed = {name: str(value) for name, value in request.form.items()}
    chosen = typed.get("score", "")
    score = int(chosen) if chosen in {str(one) for one in SCORES} else None
    text = typed.get("rating_text", "")
    try:
        transact(lambda session: rate(session, conversation_id, score, text, now=now))
    except InvalidInput as error:
        return _refused(code, typed, error)
    except Conflict as error:
        flash(error_message(error), "info")
    else:
        flash(_("Thank you. It helps us to do better."), "ok")
    return redirect(_at(code), 303)


@storefront.get("/conversations/<code>/photos/<int:photo_id>")
def conversation_photo(code: str, photo_id: int) -> Response:
    key = photo_key(read_session(), photo_id, conversation_id=require_conversation(code).id)
    return private_photo(with_files(lambda _unit_of_work, store: store.read(photo_file(key))))


def _refused(code: str, typed: Mapping[str, str], error: InvalidInput) -> Response:
    errors = {field: translated(message, error.facts) for field, message in error.errors.items()}
    return make_response(_page(code, typed, errors), error.status)


def _at(code: str) -> str:
    return url_for("storefront.conversation", code=code)


def _page(code: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    shown = read_thread(read_session(), require_conversation(code).id)
    rated = {rating.closing: rating for rating in shown.ratings}
    return render_template(
        "storefront/conversation.html",
        talk=shown,
        rating=rated.get(shown.closings) if shown.closings else None,
        topics=TOPICS,
        scores=SCORES,
        claim_kinds=KINDS,
        claim_rules=RULES,
        typed=typed,
        errors=errors,
        token=typed.get("token") or secret_token(),
        most_photos=MOST_PHOTOS,
        is_guest=not current_viewer().is_authenticated,
    )
