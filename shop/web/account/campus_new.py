"""The first time from the campus: a new account, or the one that somebody has already and proves by signing in to it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from shop.accounts.campus.identities import open_account
from shop.accounts.campus.people import CampusPerson
from shop.accounts.page_texts import consent_versions
from shop.kit.clock import utc_now
from shop.web.account.blueprint import account
from shop.web.account.campus import enter_account, says_what_went_wrong
from shop.web.account.campus_entry import drop_entry, entry_token, keep_entry, waiting_person
from shop.web.account.forms import AgreeForm
from shop.web.database import read_session, transact
from shop.web.language import current_language
from shop.web.links import safe_next


@account.get("/login/campus/new")
def campus_new() -> Response | str:
    person = waiting_person()
    if person is None:
        return _begin_anew()
    form = AgreeForm(next=safe_next(request.args.get("next"), ""))
    return _page(form, person)


@account.post("/login/campus/new")
@says_what_went_wrong
def campus_open_account() -> Any:
    """Make the account and sign in; sent twice, the second time finds nobody waiting and begins anew."""
    person = waiting_person()
    if person is None:
        return _begin_anew()
    form, versions = AgreeForm(), consent_versions(read_session())
    is_current = form.texts.data == _as_text(versions)
    if not form.validate() or not is_current:
        if form.texts.data and not is_current:
            form.agree.data = False
            form.form_errors.append(_("The texts have changed. Please read them again."))
        return _page(form, person), 400
    language, now = current_language(), utc_now()

    def work(session: Session) -> int:
        return open_account(session, person, language=language, consents=versions, now=now)

    return enter_account(transact(work), safe_next(form.next.data, ""))


@account.post("/login/campus/new/mine")
def campus_is_mine() -> Response:
    """Somebody says that they have an account: signing in to it proves that, and links it."""
    token = entry_token()
    if token is None:
        return _begin_anew()
    keep_entry(token, links=True)
    wanted = safe_next(request.form.get("next"), "") or None
    return make_response(redirect(url_for("account.login", next=wanted), 303))


@account.post("/login/campus/new/leave")
def campus_leave() -> Response:
    """Somebody wants nothing to be linked after all."""
    drop_entry()
    wanted = safe_next(request.form.get("next"), "") or None
    return make_response(redirect(url_for("account.login", next=wanted), 303))


def _begin_anew() -> Response:
    flash(_("That took too long, or was done already. Please begin again."), "info")
    return make_response(redirect(url_for("account.login"), 303))


def _page(form: AgreeForm, person: CampusPerson) -> str:
    form.texts.data = _as_text(consent_versions(read_session()))
    return render_template("account/campus_new.html", form=form, person=person)


def _as_text(versions: Any) -> str:
    return " ".join(f"{name}-{version}" for name, version in sorted(versions.items()))
