"""The account's first page: who I am, where my things are, sign out."""

from __future__ import annotations

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext as _

from shop.accounts.contacts import readable_phone
from shop.accounts.models import RoleName
from shop.accounts.profile import update_profile
from shop.accounts.user_queries import get_profile
from shop.kit.clock import utc_now
from shop.kit.errors import InvalidInput
from shop.privacy.planned import planned_erasure
from shop.web.account.blueprint import account
from shop.web.account.entering import HOMES
from shop.web.account.forms import ProfileForm
from shop.web.account.register import chosen_unit, unit_choices
from shop.web.cookies import set_cookie
from shop.web.database import read_session, transact
from shop.web.form_errors import show_errors
from shop.web.guards import signed_in
from shop.web.language import COOKIE, COOKIE_SECONDS, current_language
from shop.web.viewer import current_user_id, current_viewer


@account.get("/account")
@signed_in
def overview() -> str:
    user = get_profile(read_session(), current_user_id())
    form = ProfileForm(
        name=user.name,
        phone=readable_phone(user.phone) if user.phone else "",
        unit_id=str(user.unit_id or ""),
        language=user.language or current_language(),
    )
    return _page(form)


@account.post("/account")
@signed_in
def change_profile() -> Response | tuple[str, int]:
    form = ProfileForm()
    form.unit_id.choices = unit_choices()
    if form.validate():
        try:
            _update(form)
        except InvalidInput as error:
            show_errors(form, error)
        else:
            flash(_("Saved."), "ok")
            response = make_response(redirect(url_for("account.overview"), 303))
            set_cookie(response, COOKIE, form.language.data, max_age=COOKIE_SECONDS)
            return response
    return _page(form), 400


def _update(form: ProfileForm) -> None:
    user_id = current_user_id()
    transact(
        lambda session: update_profile(
            session,
            user_id,
            name=form.name.data or "",
            phone=form.phone.data or "",
            unit_id=chosen_unit(form.unit_id.data),
            language=form.language.data,
        )
    )


def _page(form: ProfileForm) -> str:
    form.unit_id.choices = unit_choices()
    person = current_viewer()
    faces = {path: role for role, path in reversed(HOMES) if role in person.roles}
    phone = readable_phone(person.phone) if person.phone and person.phone_is_proved else ""
    return render_template(
        "account/overview.html",
        form=form,
        person=person,
        faces=faces,
        roles=RoleName,
        proved_phone=phone,
        planned=planned_erasure(read_session(), current_user_id(), now=utc_now()),
    )
