"""Without a campus account: staff number, name, and six digits to the telephone that the university has written down.

Every page is the same whether anybody is of that number and name or not.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask import session as cookie_session

from shop.accounts.campus.people import CampusPerson
from shop.accounts.campus.roster_sign_in import send_roster_code, take_roster_code
from shop.accounts.contacts import normalise_mobile, readable_phone
from shop.accounts.errors import CodeRefused, EmailNotProved, TooManyAttempts
from shop.accounts.one_time_codes import LIFETIME
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.kit.references import secret_token
from shop.web.account.blueprint import account
from shop.web.account.campus import arrive, link_to_own, says_what_went_wrong
from shop.web.account.campus_entry import cipher
from shop.web.account.email_first import email_first
from shop.web.account.forms import CodeForm, StaffForm
from shop.web.database import transact
from shop.web.form_errors import show_errors
from shop.web.guards import demand_recent_proof
from shop.web.links import safe_next
from shop.web.origin import request_origin
from shop.web.viewer import current_viewer

_BROWSER: Final = "roster_browser"
_TYPED: Final = "roster_typed"  # number, name and telephone to which a code may have gone


@account.get("/login/campus/staff")
def campus_staff() -> Any:
    refusal = _before_linking(request.args.get("next"))
    if refusal is not None:
        return refusal
    return _page(StaffForm(next=safe_next(request.args.get("next"), "")))


@account.post("/login/campus/staff")
def send_staff_code() -> Response:
    form = StaffForm()
    if not form.validate():
        return make_response(_page(form), 400)
    try:
        phone = normalise_mobile(form.phone.data or "")
        send = partial(
            send_roster_code,
            number=form.number.data or "",
            name=form.name.data or "",
            phone=phone,
            browser=_browser(),
            cipher=cipher(),
            origin=request_origin(),
            now=utc_now(),
        )
        transact(send)
    except InvalidInput as error:
        show_errors(form, error)
        return make_response(_page(form), 400)
    except TooManyAttempts as refused:
        show_errors(form, refused)
        response = make_response(_page(form), refused.status)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    typed = [form.number.data, form.name.data, phone, int(utc_now().timestamp())]
    cookie_session[_TYPED] = typed
    wanted = safe_next(form.next.data, "") or None
    return make_response(redirect(url_for("account.staff_code", next=wanted), 303))


@account.get("/login/campus/staff/code")
def staff_code() -> Response | str:
    typed = _awaited()
    if typed is None:
        return make_response(redirect(url_for("account.campus_staff"), 303))
    return _code_page(typed[2], CodeForm(next=safe_next(request.args.get("next"), "")))


@account.post("/login/campus/staff/code")
@says_what_went_wrong
def give_staff_code() -> Any:
    typed = _awaited()
    if typed is None:
        return make_response(redirect(url_for("account.campus_staff"), 303))
    form = CodeForm()
    refusal = _before_linking(form.next.data)
    if refusal is not None:
        return refusal
    if form.validate():
        person = _person(typed, form.code.data or "")
        if person is not None:
            cookie_session.pop(_TYPED, None)
            if _links(form.next.data):
                return link_to_own(person)
            return arrive(person, safe_next(form.next.data, ""))
        show_errors(form, CodeRefused(field="code"))
    return make_response(_code_page(typed[2], form), 400)


def _links(wanted: str | None) -> bool:
    """Who is signed in came from the page of linked accounts, and wants one more there."""
    return current_viewer().is_authenticated and safe_next(wanted, "") == url_for("account.campus_links")


def _before_linking(wanted: str | None) -> Any:
    """What is asked of somebody who links: as for the other campus ways, who they are, and a confirmed address."""
    if not _links(wanted):
        return None
    refusal = demand_recent_proof()
    if refusal is None and current_viewer().email_waits:
        return email_first(), 200 if request.method == "GET" else EmailNotProved.status
    return refusal


def _person(typed: tuple[str, str, str], code: str) -> CampusPerson | None:
    number, name, phone = typed
    take = partial(
        take_roster_code,
        typed=code,
        number=number,
        name=name,
        phone=phone,
        browser=_browser(),
        now=utc_now(),
    )
    return transact(take)


def _awaited() -> tuple[str, str, str] | None:
    kept = cookie_session.get(_TYPED)
    if kept is None or utc_now().timestamp() - kept[3] > LIFETIME.total_seconds():
        return None
    return str(kept[0]), str(kept[1]), str(kept[2])


def _page(form: StaffForm) -> str:
    return render_template("account/campus_staff.html", form=form)


def _code_page(phone: str, form: CodeForm) -> str:
    return render_template("account/campus_staff_code.html", form=form, phone=readable_phone(phone))


def _browser() -> str:
    """A secret that only this browser holds: a code works where it was asked for."""
    if _BROWSER not in cookie_session:
        cookie_session[_BROWSER] = secret_token()
    secret: str = cookie_session[_BROWSER]
    return secret
