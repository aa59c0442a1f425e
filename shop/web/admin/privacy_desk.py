"""The privacy desk: requests by deadline, and writing down what somebody asked by telephone or at the counter."""

from __future__ import annotations

from typing import Any, Final

from flask import flash, redirect, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, TextAreaField
from wtforms.validators import Length

from shop.accounts.models import RoleName
from shop.accounts.privacy_models import UNSETTLED, AboutWhat, AskedFor, RequestStatus
from shop.catalogue.households import find_household_id
from shop.kit.clock import shanghai_date, utc_now
from shop.kit.errors import InvalidInput, NotFound
from shop.kit.text import msg, tidy, whole_number
from shop.privacy.asking import ask, is_added_to
from shop.privacy.desk import (
    ABOUT_WORDS,
    KIND_WORDS,
    STATUS_WORDS,
    find_requests,
    is_overdue,
    status_word,
)
from shop.privacy.finding import find_account
from shop.storage.paging import Page
from shop.web.admin.blueprint import admin
from shop.web.admin.fields import NEEDED
from shop.web.admin.fields import text as line
from shop.web.admin.listing import Asked, Column, Filter, list_screen
from shop.web.admin.pages import desk_page
from shop.web.database import read_session, transact
from shop.web.filters import bilingual
from shop.web.form_errors import show_errors
from shop.web.forms import ShopForm
from shop.web.guards import recently_authenticated, requires
from shop.web.times import day
from shop.web.viewer import current_user_id

TO_DO: Final = "to_do"
NOBODY: Final = msg("Nobody is found by this. Look it up in the list and copy it.")


def _due(row: Any) -> str:
    shown = day(row.request.due_on, year=True, weekday=False)
    if is_overdue(row.request, shanghai_date(utc_now())):
        return f"{shown} · {gettext('Overdue')}"
    return shown if row.request.status in UNSETTLED else ""


COLUMNS: Final = (
    Column(
        "number",
        msg("Request"),
        value=lambda row: row.request.number,
        head=True,
        link=lambda row: url_for("admin.privacy_request", number=row.request.number),
    ),
    Column("kind", msg("What is asked"), value=lambda row: gettext(KIND_WORDS[row.request.kind])),
    Column("about", msg("Kind of person"), value=lambda row: gettext(ABOUT_WORDS[row.request.about])),
    Column("whose", msg("Whose"), value=lambda row: bilingual(row, "name")),
    Column("asked_at", msg("Asked on"), kind="date", value=lambda row: row.request.asked_at),
    Column("due", msg("Answer by"), value=_due),
    Column("owner", msg("Looked after by"), value=lambda row: row.owner or "–"),
    Column("status", msg("State"), value=lambda row: gettext(status_word(row.request))),
)


def _states(_session: Session) -> list[tuple[str, str]]:
    return [(TO_DO, gettext("To do")), *((one.value, gettext(word)) for one, word in STATUS_WORDS.items())]


def _kinds(_session: Session) -> list[tuple[str, str]]:
    return [(one.value, gettext(word)) for one, word in KIND_WORDS.items()]


FILTERS: Final = (
    Filter("status", msg("State"), "select", _states, begins=TO_DO),
    Filter("kind", msg("What is asked"), "select", _kinds),
)


def _rows(session: Session, wanted: Asked) -> Page[Any]:
    typed, kind = wanted.values.get("status"), wanted.values.get("kind")
    statuses: tuple[RequestStatus, ...] = tuple(RequestStatus)
    if typed == TO_DO:
        statuses = UNSETTLED
    elif typed in set(RequestStatus):
        statuses = (RequestStatus(typed),)
    return find_requests(
        session, statuses=statuses, kind=AskedFor(kind) if kind in set(AskedFor) else None, page=wanted.page
    )


class NewForm(ShopForm):
    kind = RadioField(
        _("What is asked"), [NEEDED], choices=[(one.value, _(word)) for one, word in KIND_WORDS.items()]
    )
    about = RadioField(
        _("Kind of person"), [NEEDED], choices=[(one.value, _(word)) for one, word in ABOUT_WORDS.items()]
    )
    whose = line(
        _("Whose"),
        255,
        needed=True,
        hint=_(
            "An account by e-mail, telephone, staff or student number; an order without an account, or one that somebody received, by its number; a household by its short name."
        ),
    )
    text = TextAreaField(
        _("What is wanted, and how you made sure who asks"), [NEEDED, Length(max=1000)], render_kw={"rows": 4}
    )
    contact = line(_("Where the answer goes"), 120, hint=_("Telephone or address that the person named."))


@admin.get("/privacy")
@requires(RoleName.ADMIN)
def privacy_requests() -> str:
    screen = list_screen(
        read_session(),
        title=msg("Requests about personal data"),
        note=msg("Copy, correction, erasure and objection; what is due first stands first."),
        columns=COLUMNS,
        filters=FILTERS,
        rows=_rows,
        endpoint="admin.privacy_requests",
        empty=msg("Nobody waits for an answer."),
    )
    screen["create_href"], screen["create_label"] = (
        url_for("admin.new_privacy_request"),
        gettext("Write one down"),
    )
    return desk_page("admin/privacy_requests.html", "privacy", screen=screen)


@admin.route("/privacy/new", methods=["GET", "POST"])
@requires(RoleName.ADMIN)
@recently_authenticated
def new_privacy_request() -> Response | str | tuple[str, int]:
    form = NewForm()
    if request.method == "GET" and request.args.get("user", type=whole_number) is not None:
        form.about.data, form.whose.data = AboutWhat.USER.value, f"#{request.args['user']}"
    if request.method == "POST" and form.validate():
        try:
            return redirect(url_for("admin.privacy_request", number=_written(form)), 303)
        except InvalidInput as error:
            show_errors(form, error)
        except NotFound:
            show_errors(form, InvalidInput(NOBODY, field="whose"))
    screen = {
        "title": gettext("Write a request down"),
        "note": gettext("Of somebody who called, wrote or came. Make sure first that it is this person."),
        "back_href": url_for("admin.privacy_requests"),
        "back_label": gettext("Requests about personal data"),
        "submit_label": gettext("Write it down"),
    }
    page = desk_page("admin/form.html", "privacy", screen=screen, form=form)
    return (page, 400) if request.method == "POST" else page


def _written(form: NewForm) -> str:
    """The request's number; says so where what was typed was added to one that waits already."""
    typed, actor_id, now = form.data, current_user_id(), utc_now()
    kind, about = AskedFor(typed["kind"]), AboutWhat(typed["about"])
    whose, said, contact = tidy(typed["whose"]), typed["text"], typed["contact"] or ""

    def work(session: Session) -> tuple[str, bool]:
        about_id = _find(session, about, whose)
        asked: dict[str, Any] = {"text": said, "contact": contact, "asked_by_id": actor_id, "by_desk": True}
        request = ask(session, kind, about, about_id, now=now, **asked)
        return request.number, is_added_to(request, now)

    number, added = transact(work)
    if added:
        flash(
            gettext("This person's request of the same kind still waits: what you wrote was added to it."),
            "info",
        )
    return number


def _find(session: Session, about: AboutWhat, whose: str) -> str:
    """Raises NotFound, InvalidInput (whose) where several accounts fit."""
    if about in {AboutWhat.ORDER, AboutWhat.RECIPIENT}:
        return whose.upper()
    if about is AboutWhat.USER:
        return str(find_account(session, whose))
    found = find_household_id(session, whose)
    if found is None:
        raise NotFound()
    return str(found)
