"""One request: whose, until when, what is still open, the answer; an erasure by two admins."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from shop.accounts.audit_queries import AuditFilter, list_audit
from shop.accounts.models import RoleName
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor, PrivacyRequest, RequestStatus
from shop.accounts.proved_email import may_be_a_strangers
from shop.accounts.shop_settings import read_shop_settings
from shop.accounts.user_queries import find_profile
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import Conflict, InvalidInput, NotFound
from shop.privacy.asking import SUBJECT, StillOpen, locked, withdraw
from shop.privacy.desk import (
    ABOUT_WORDS,
    KIND_WORDS,
    AddedMeanwhile,
    agree_to_erasure,
    answer,
    is_overdue,
    propose_erasure,
    read_request,
    status_word,
    take,
    words_of,
)
from shop.privacy.obstacles import DESK_WORDS, Open, find_obstacles
from shop.privacy.people import person_of
from shop.web.admin.audit_words import action_word
from shop.web.admin.blueprint import admin
from shop.web.admin.pages import desk_page, may_handle_money
from shop.web.admin.saving import act, refusal
from shop.web.database import read_session, transact
from shop.web.error_pages import translated
from shop.web.guards import recently_authenticated, requires
from shop.web.personal_copies import send_copy
from shop.web.viewer import current_user_id


@admin.get("/privacy/requests/<number>")
@requires(RoleName.ADMIN)
def privacy_request(number: str) -> str:
    return _page(number, {}, "")


@admin.post("/privacy/requests/<number>/take")
@requires(RoleName.ADMIN)
def take_privacy_request(number: str) -> Response:
    work = partial(take, number=number, actor_id=current_user_id(), now=utc_now())
    return act(work, done=gettext("You look after it."), back=_path(number))


@admin.post("/privacy/requests/<number>/answer")
@requires(RoleName.ADMIN)
def answer_privacy_request(number: str) -> Any:
    said, is_refused = request.form.get("answer", ""), request.form.get("refused") == "1"
    seen, actor_id, now = request.form.get("seen"), current_user_id(), utc_now()
    try:
        transact(
            lambda session: answer(
                session, number, said, refused=is_refused, seen=seen, actor_id=actor_id, now=now
            )
        )
    except InvalidInput as error:
        return _page(number, {"answer": said}, translated(error.errors["answer"], error.facts)), 400
    except AddedMeanwhile as error:
        return _page(number, {"answer": said}, refusal(error)), error.status
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        flash(
            gettext("Settled. Who has an account reads the answer under “My data”; tell others yourself."),
            "ok",
        )
    return redirect(_path(number), 303)


@admin.post("/privacy/requests/<number>/propose")
@requires(RoleName.ADMIN)
@recently_authenticated
def propose_privacy_erasure(number: str) -> Response:
    return _step(propose_erasure, number, gettext("Proposed. Another admin has to agree."))


@admin.post("/privacy/requests/<number>/agree")
@requires(RoleName.ADMIN)
@recently_authenticated
def agree_to_privacy_erasure(number: str) -> Response:
    return _step(agree_to_erasure, number, gettext("Planned. Until that day it can be called off here."))


@admin.post("/privacy/requests/<number>/call-off")
@requires(RoleName.ADMIN)
def call_off_privacy_request(number: str) -> Response:
    actor_id, now = current_user_id(), utc_now()
    return act(
        lambda session: withdraw(session, locked(session, number), actor_id, now),
        done=gettext("Called off."),
        back=_path(number),
    )


@admin.post("/privacy/requests/<number>/copy")
@requires(RoleName.ADMIN)
@recently_authenticated
def copy_for_privacy_request(number: str) -> Any:
    """The file for who cannot take it alone. A household's is a look into its file."""
    asked = read_request(read_session(), number).request
    if asked.status not in UNSETTLED or asked.kind not in {AskedFor.COPY, AskedFor.HOUSEHOLD}:
        flash(gettext("This request asks for no copy, or is settled."), "bad")
        return redirect(_path(number), 303)
    if asked.about is AboutWhat.HOUSEHOLD and not may_handle_money():
        flash(
            gettext("What a household earns is for finance: somebody with that permission makes this copy."),
            "bad",
        )
        return redirect(_path(number), 303)
    return send_copy(asked.about, asked.about_id)


def _step(work: Callable[..., None], number: str, done: str) -> Response:
    seen, actor_id, now = request.form.get("seen"), current_user_id(), utc_now()
    try:
        transact(lambda session: work(session, number, seen=seen, actor_id=actor_id, now=now))
    except StillOpen as error:
        flash(f"{refusal(error)} {_said(error.obstacles)}", "bad")
    except Conflict as error:
        flash(refusal(error), "bad")
    else:
        flash(done, "ok")
    return redirect(_path(number), 303)


def _said(obstacles: list[Open]) -> str:
    return " ".join(f"{gettext(DESK_WORDS[one.what])} {' '.join(one.numbers)}" for one in obstacles)


def _path(number: str) -> str:
    return url_for("admin.privacy_request", number=number)


def _page(number: str, typed: dict[str, str], error: str) -> str:
    session = read_session()
    found = read_request(session, number)
    asked = found.request
    trail = list_audit(session, AuditFilter(subject_type=SUBJECT, subject_id=number))
    return desk_page(
        "admin/privacy_request.html",
        "privacy",
        found=found,
        asked=asked,
        kinds=KIND_WORDS,
        abouts=ABOUT_WORDS,
        status=status_word(asked),
        is_open=asked.status in UNSETTLED,
        is_overdue=is_overdue(asked, shanghai_date(utc_now())),
        whose_href=_whose_href(asked),
        account=_account(asked),
        obstacles=_obstacles(asked),
        obstacle_words=DESK_WORDS,
        trail=[(row, action_word(row.action)) for row in trail],
        own=asked.proposed_by_id == current_user_id() and asked.status is RequestStatus.PROPOSED,
        can_correct=(asked.about, asked.kind) == (AboutWhat.RECIPIENT, AskedFor.CORRECTION),
        can_copy=asked.kind in {AskedFor.COPY, AskedFor.HOUSEHOLD},
        days=read_shop_settings(session).erase_after_days,
        typed=typed,
        error=error,
        seen=words_of(asked),
    )


def _account(asked: PrivacyRequest) -> tuple[str | None, bool] | None:
    """The account's address, and whether nobody has confirmed it; None for who has no account."""
    if asked.about is not AboutWhat.USER:
        return None
    person = find_profile(read_session(), int(asked.about_id))
    return (person.email, may_be_a_strangers(person)) if person is not None else None


def _obstacles(asked: PrivacyRequest) -> list[Open]:
    if asked.kind is not AskedFor.ERASURE or asked.status not in UNSETTLED:
        return []
    session = read_session()
    try:
        return find_obstacles(session, person_of(session, asked.about, asked.about_id))
    except NotFound:
        return []


def _whose_href(asked: PrivacyRequest) -> str:
    if asked.about in {AboutWhat.ORDER, AboutWhat.RECIPIENT}:
        return url_for("admin.order", number=asked.about_id)
    if asked.about is AboutWhat.USER:
        return url_for("admin.user", user_id=int(asked.about_id))
    return url_for("admin.households_one", record_id=int(asked.about_id))
